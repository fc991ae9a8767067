using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace Fleet.Agent.Identity;

/// <summary>Opens connections to the engine: HTTP/2, TLS 1.3 and nothing older, kept alive by pings.</summary>
internal sealed class EngineChannel : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    /// <param name="engine">Host and port.</param>
    /// <param name="refuse">Says why the server's certificate isn't believed; null when it is.</param>
    /// <param name="own">The device's certificate, if it has one.</param>
    public EngineChannel(string engine, Func<X509Certificate?, string?> refuse, X509Certificate2? own)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectLimit,
            KeepAlivePingDelay = PingAfter,
            KeepAlivePingTimeout = PingLimit,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
                RemoteCertificateValidationCallback = (_, certificate, _, _) => Believed = (Refusal = refuse(certificate)) is null,
            },
        };
        var address = new Uri($"https://{engine}");
        _http = new HttpClient(handler)
        {
            BaseAddress = address,
            DefaultRequestVersion = System.Net.HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        Grpc = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpClient = _http });
    }

    /// <summary>For calls of the contract.</summary>
    public GrpcChannel Grpc { get; }

    /// <summary>For content.</summary>
    public HttpClient Http => _http;

    /// <summary>Why the last server was not believed.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether a server showed itself to be the engine.</summary>
    public bool Believed { get; private set; }

    /// <summary>A sentence for people about a call that failed.</summary>
    public string Explain(Exception failure)
    {
        if (Refusal is { } refusal) return $"the server isn't this fleet's engine: {refusal}";
        var root = failure;
        while (root.InnerException is { } inner) root = inner;
        return root.Message;
    }

    public void Dispose()
    {
        Grpc.Dispose();
        _http.Dispose();
    }
}
