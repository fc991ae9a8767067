using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Agent.Link;

/// <summary>An authority as an engine has one.</summary>
internal sealed class TestAuthority
{
    public const string Server = "1.3.6.1.5.5.7.3.1", Client = "1.3.6.1.5.5.7.3.2";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(DateTimeOffset? from = null, DateTimeOffset? until = null, string name = "CN=Fleet authority")
    {
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = request.CreateSelfSigned(from ?? DateTimeOffset.UtcNow.AddDays(-1), until ?? DateTimeOffset.UtcNow.AddYears(10));
    }

    public X509Certificate2 Certificate { get; }

    public byte[] Der => Certificate.RawData;

    public string Token(string resource) => $"{resource}.{Base64Url.EncodeToString(new byte[32])}.{Base64Url.EncodeToString(SHA256.HashData(Der))}";

    /// <summary>A certificate with a new key.</summary>
    public X509Certificate2 Issue(string name, string purpose, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certify(new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256), purpose, from, until);
        // By way of PKCS#12: the server side of TLS wants a key that it can find.
        return X509CertificateLoader.LoadPkcs12(certificate.CopyWithPrivateKey(key).Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A certificate for a request.</summary>
    public X509Certificate2 Certify(byte[] request, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        var asked = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256);
        return Certify(new CertificateRequest(asked.SubjectName, asked.PublicKey, HashAlgorithmName.SHA256), Client, from, until);
    }

    /// <summary>A certificate for a key under any name.</summary>
    public X509Certificate2 CertifyAs(string name, PublicKey key) =>
        Certify(new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256), Client, null, null);

    private X509Certificate2 Certify(CertificateRequest request, string purpose, DateTimeOffset? from, DateTimeOffset? until)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key),
            from ?? DateTimeOffset.UtcNow.AddHours(-1), until ?? DateTimeOffset.UtcNow.AddDays(7), RandomNumberGenerator.GetBytes(16));
    }
}
