using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Fleet.Client;

/// <summary>Gets to know an engine's authority by its fingerprint alone.</summary>
public static class FleetAuthority
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Asks the engine's enrolment port for the authority's certificate, over a connection that can't be checked yet, and
    /// believes what comes only when its SHA-256 is the one given. Nothing secret is sent.
    /// </summary>
    /// <param name="enrolment">The enrolment port, e.g. <c>https://engine.example:8445</c>.</param>
    /// <param name="fingerprint">64 hexadecimal digits.</param>
    /// <exception cref="FleetException">Unreachable, or the certificate is another.</exception>
    public static async Task<X509Certificate2> Fetch(Uri enrolment, string fingerprint, CancellationToken cancel = default)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                // Whoever answers: what he says is checked instead.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
            ConnectTimeout = Patience,
        };
        using var http = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, Timeout = Patience };
        using var channel = GrpcChannel.ForAddress(enrolment, new GrpcChannelOptions { HttpClient = http });
        try
        {
            var answer = await new Enrolment.EnrolmentClient(channel).AuthorityAsync(new AuthorityRequest(), cancellationToken: cancel);
            var actual = Convert.ToHexStringLower(SHA256.HashData(answer.Authority.Span));
            return actual.Equals(fingerprint, StringComparison.OrdinalIgnoreCase)
                ? X509CertificateLoader.LoadCertificate(answer.Authority.Span)
                : throw new FleetException(StatusCode.Unavailable, RpcErrors.Untrusted, $"the authority at {enrolment} has the fingerprint {actual}, not {fingerprint}");
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw RpcErrors.Read(e, enrolment);
        }
    }
}
