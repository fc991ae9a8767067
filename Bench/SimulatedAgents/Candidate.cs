using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Protocol.V1;
using Google.Protobuf;

namespace Fleet.SimulatedAgents;

/// <summary>A device before it is enrolled: a token, a key and a request for a certificate, made before anything is measured.</summary>
internal sealed class Candidate(string resource, string token)
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private ByteString request = ByteString.Empty;

    /// <summary>The work that a fleet's devices do for themselves.</summary>
    public Candidate Ready()
    {
        request = ByteString.CopyFrom(new CertificateRequest($"CN={resource}", key, HashAlgorithmName.SHA256).CreateSigningRequest());
        return this;
    }

    /// <summary>Asks who the authority is over one connection, checks it against the token, and shows the token over a second one.</summary>
    public async Task<SimulatedAgent> Enrol(string enrolment, string link, Tally tally)
    {
        X509Certificate2 authority;
        using (var first = Channels.Open(enrolment, authority: null))
        {
            var told = await new Enrolment.EnrolmentClient(first).AuthorityAsync(new AuthorityRequest());
            authority = X509CertificateLoader.LoadCertificate(told.Authority.Span);
        }

        var fingerprint = token[(token.LastIndexOf('.') + 1)..];
        if (Base64Url.EncodeToString(SHA256.HashData(authority.RawData)) != fingerprint) throw new CryptographicException($"{resource}: another authority than the token's");
        using var second = Channels.Open(enrolment, authority);
        var answer = await new Enrolment.EnrolmentClient(second).EnrolAsync(new EnrolRequest { Token = token, CertificateRequest = request });
        using var certificate = X509CertificateLoader.LoadCertificate(answer.Certificate.Span);
        return new SimulatedAgent(answer.Resource, certificate.CopyWithPrivateKey(key), authority, link, tally);
    }
}
