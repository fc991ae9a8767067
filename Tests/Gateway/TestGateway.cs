using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Gateway.Fakes;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Gateway;

/// <summary>A gateway on loopback with real TLS, on grains that a test holds in its hands, or on real ones.</summary>
public sealed class TestGateway : IAsyncLifetime
{
    /// <summary>Long enough for a busy machine; a test that waits so long has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<IDisposable> opened = [];
    private WebApplication? app;

    private readonly IGrainFactory? real;

    public TestGateway() => Grains = new FakeGrains(Time);

    internal TestGateway(IGrainFactory real, FakeTimeProvider time)
        : this() => (this.real, Time) = (real, time);

    /// <summary>What a test adds to the gateway's services.</summary>
    public Action<IServiceCollection> Configure { get; init; } = _ => { };

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public FakeGrains Grains { get; }

    public string Data { get; } = Directory.CreateTempSubdirectory("fleet-gateway-").FullName;

    public StringWriter Output { get; } = new();

    public X509Certificate2 Authority { get; private set; } = null!;

    public int ApiPort { get; private set; }

    public int AgentsPort { get; private set; }

    public int EnrolmentPort { get; private set; }

    public string Key => Output.ToString().Split("this once: ")[1].Trim();

    public async ValueTask InitializeAsync() => await Start();

    public async Task Start(bool openMetrics = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(real ?? Grains.Factory);
        builder.Services.AddSingleton<TextWriter>(Output);
        Configure(builder.Services);
        builder.Services.AddFleetGateway(
            new GatewayOptions { DataDirectory = Data, PublishersDirectory = Path.Combine(Data, "publishers"), Listen = IPAddress.Loopback, ApiPort = 0, AgentsPort = 0, EnrolmentPort = 0, OpenMetrics = openMetrics }, Time);
        app = builder.Build();
        app.MapFleetGateway();
        await app.StartAsync();
        var ports = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a).Port).ToArray();
        (ApiPort, AgentsPort, EnrolmentPort) = (ports[0], ports[1], ports[2]);
        Authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(Data, "authority.crt")));
    }

    public async Task Stop()
    {
        if (app is null) return;
        await app.StopAsync();
        await app.DisposeAsync();
        app = null;
    }

    /// <summary>An operator's client, with the administrator key unless another is given.</summary>
    public HttpClient Http(string? key = null)
    {
        var http = Client(ApiPort);
        http.DefaultRequestHeaders.Authorization = new("Bearer", key ?? Key);
        return http;
    }

    /// <summary>A client of one port, without a key.</summary>
    public HttpClient Client(int port, X509Certificate2? certificate = null)
    {
        var client = new HttpClient(Handler(certificate)) { BaseAddress = new Uri($"https://127.0.0.1:{port}"), Timeout = Patience };
        opened.Add(client);
        return client;
    }

    public CallInvoker Grpc(int port, X509Certificate2? certificate = null, string? key = null)
    {
        var handler = Handler(certificate);
        var channel = GrpcChannel.ForAddress($"https://127.0.0.1:{port}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = 64 << 20 });
        opened.Add(channel);
        var invoker = channel.CreateCallInvoker();
        return key is null ? invoker : global::Grpc.Core.Interceptors.CallInvokerExtensions.Intercept(invoker, metadata =>
        {
            metadata.Add("authorization", $"Bearer {key}");
            return metadata;
        });
    }

    public SslClientAuthenticationOptions Tls(X509Certificate2? certificate = null) => new()
    {
        TargetHost = "127.0.0.1",
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { Authority },
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = Time.GetUtcNow().LocalDateTime,
        },
        ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
    };

    /// <summary>A token from the API.</summary>
    public async Task<string> Token(string resource, TimeSpan? validFor = null)
    {
        var request = new Wire.CreateEnrolmentTokenRequest { Resource = resource };
        if (validFor is { } span) request.ValidFor = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(span);
        return (await new Wire.Resources.ResourcesClient(Grpc(ApiPort, key: Key)).CreateEnrolmentTokenAsync(request)).Token;
    }

    /// <summary>Enrols a device; its certificate comes with its key.</summary>
    public async Task<X509Certificate2> Enrol(string resource)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var response = await new Wire.Enrolment.EnrolmentClient(Grpc(EnrolmentPort)).EnrolAsync(new Wire.EnrolRequest
        {
            Token = await Token(resource),
            CertificateRequest = Csr(key),
        });
        using var certificate = X509CertificateLoader.LoadCertificate(response.Certificate.Span);
        return certificate.CopyWithPrivateKey(key);
    }

    public static ByteString Csr(ECDsa key) =>
        ByteString.CopyFrom(new CertificateRequest("CN=whatever", key, HashAlgorithmName.SHA256).CreateSigningRequest());

    public async ValueTask DisposeAsync()
    {
        opened.ForEach(o => o.Dispose());
        await Stop();
        Directory.Delete(Data, recursive: true);
    }

    private SocketsHttpHandler Handler(X509Certificate2? certificate) => new() { SslOptions = Tls(certificate), UseProxy = false, EnableMultipleHttp2Connections = true };
}
