using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Fleet.Protocol.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Agent.Link;

/// <summary>A server that speaks the engine's side, as a test tells it to.</summary>
internal sealed class TestEngine : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestEngine(WebApplication app, TestAuthority authority) => (_app, Authority) = (app, authority);

    public TestAuthority Authority { get; }

    public string Address => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;

    public LinkScript Script => _app.Services.GetRequiredService<LinkScript>();

    public static async Task<TestEngine> Start(
        TestAuthority? authority = null, SslProtocols protocols = SslProtocols.Tls13, X509Certificate2? server = null, bool mutual = true, int port = 0)
    {
        authority ??= new TestAuthority();
        server ??= authority.Issue("engine", TestAuthority.Server);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(grpc => grpc.EnableDetailedErrors = true);
        builder.Services.AddSingleton(new LinkScript(authority));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                (https.ServerCertificate, https.SslProtocols) = (server, protocols);
                https.ClientCertificateMode = mutual ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => certificate.Issuer == authority.Certificate.Subject;
            });
        }));
        var app = builder.Build();
        app.MapGrpcService<LinkService>();
        app.MapGrpcService<EnrolmentService>();
        app.MapGet("/v2/{image}/blobs/{digest}", (HttpContext context, LinkScript script) => script.Blob(context));
        await app.StartAsync();
        return new(app, authority);
    }

    public async ValueTask DisposeAsync()
    {
        Script.Close();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>What the server does, and what it was told.</summary>
internal sealed class LinkScript(TestAuthority authority) : IDisposable
{
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Everything that came up on streams.</summary>
    public Channel<AgentMessage> Received { get; } = Channel.CreateUnbounded<AgentMessage>();

    /// <summary>What each session sends down after its welcome.</summary>
    public Channel<EngineMessage> Down { get; } = Channel.CreateUnbounded<EngineMessage>();

    /// <summary>Called for each message; false ends the stream with an error.</summary>
    public Func<AgentMessage, IServerStreamWriter<EngineMessage>, Task<bool>> On { get; set; } = (_, _) => Task.FromResult(true);

    /// <summary>Called at each new stream; may throw.</summary>
    public Action<Hello> Greeting { get; set; } = _ => { };

    public ulong Acknowledged { get; set; }
    public int Completed { get; set; }
    public List<string> Serials { get; } = [];
    public List<EnrolRequest> Enrolments { get; } = [];
    public Func<EnrolRequest, EnrolResponse>? Enrol { get; set; }
    public int Renewals { get; set; }
    public Func<HttpContext, Task> Blob { get; set; } = context => Results.NotFound().ExecuteAsync(context);
    public CancellationToken Closed => _closed.Token;

    public EnrolResponse Certify(string resource, byte[] request) => new()
    {
        Resource = resource,
        Certificate = ByteString.CopyFrom(authority.Certify(request).RawData),
        Authority = ByteString.CopyFrom(authority.Der),
    };

    public byte[] AuthorityDer => authority.Der;

    public void Close() => _closed.Cancel();

    public void Dispose() => _closed.Dispose();

    /// <summary>The next message that fits.</summary>
    public async Task<AgentMessage> Next(Func<AgentMessage, bool> fits)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var message = await Received.Reader.ReadAsync(limit.Token);
            if (fits(message)) return message;
        }
    }
}

internal sealed class LinkService(LinkScript script) : AgentLink.AgentLinkBase
{
    public override async Task Connect(IAsyncStreamReader<AgentMessage> up, IServerStreamWriter<EngineMessage> down, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, script.Closed);
        lock (script.Serials) script.Serials.Add(context.GetHttpContext().Connection.ClientCertificate!.SerialNumber);
        if (!await up.MoveNext(end.Token)) return;
        script.Greeting(up.Current.Hello);
        await script.Received.Writer.WriteAsync(up.Current);
        await down.WriteAsync(new() { Welcome = new() { Session = "s", EngineTime = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow), Acknowledged = script.Acknowledged } });
        var pushing = Push(down, end.Token);
        try
        {
            while (await up.MoveNext(end.Token))
            {
                await script.Received.Writer.WriteAsync(up.Current);
                if (!await script.On(up.Current, down)) throw new RpcException(new Status(StatusCode.Unavailable, "cut by the test"));
            }

            script.Completed++;
        }
        finally
        {
            await end.CancelAsync();
            await pushing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override Task<EnrolResponse> Renew(RenewRequest request, ServerCallContext context)
    {
        script.Renewals++;
        return Task.FromResult(script.Certify("device-1", request.CertificateRequest.ToByteArray()));
    }

    private async Task Push(IServerStreamWriter<EngineMessage> down, CancellationToken end)
    {
        await foreach (var message in script.Down.Reader.ReadAllAsync(end)) await down.WriteAsync(message, end);
    }
}

internal sealed class EnrolmentService(LinkScript script) : Enrolment.EnrolmentBase
{
    public override Task<AuthorityResponse> Authority(AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthorityResponse { Authority = ByteString.CopyFrom(script.AuthorityDer) });

    public override Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context)
    {
        script.Enrolments.Add(request);
        return Task.FromResult(script.Enrol?.Invoke(request) ?? script.Certify("device-1", request.CertificateRequest.ToByteArray()));
    }
}
