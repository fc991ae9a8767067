using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace Fleet.SimulatedAgents;

/// <summary>Opens connections as the agent does: HTTP/2 over TLS 1.3, kept alive by pings.</summary>
internal static class Channels
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <param name="authority">Whom to believe; null believes whoever answers, for the first question of all.</param>
    /// <param name="own">The device's certificate, once it has one.</param>
    public static GrpcChannel Open(string engine, X509Certificate2? authority, X509Certificate2? own = null)
    {
        var tls = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
        };
        if (authority is null) tls.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        else tls.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { authority },
            RevocationMode = X509RevocationMode.NoCheck,
            ApplicationPolicy = { new(ServerUse) },
        };
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(60),
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            SslOptions = tls,
        };
        var http = new HttpClient(handler)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        return GrpcChannel.ForAddress($"https://{engine}", new GrpcChannelOptions { HttpClient = http, DisposeHttpClient = true });
    }
}
