using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Fakes;

/// <summary>The public side of an engine, without one: gRPC and registry over TLS 1.3, on a port of its own.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    public const string Key = "fleet-key-that-nobody-may-see";

    private readonly SslProtocols _protocols;
    private WebApplication _host;

    private FakeEngine(SslProtocols protocols)
    {
        _protocols = protocols;
        _host = Build(port: 0);
    }

    public FakeAuthority Authority { get; } = new();

    public FakeFleet Fleet { get; } = new();

    public FakeRegistry Registry { get; } = new();

    public Uri Address { get; private set; } = new("https://127.0.0.1/");

    /// <summary>Paths of all calls, in order, those that were refused too.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>What the next calls meet instead of an answer.</summary>
    public ConcurrentQueue<Func<HttpContext, Task>> Instead { get; } = new();

    public static async Task<FakeEngine> Start(SslProtocols protocols = SslProtocols.Tls13)
    {
        var engine = new FakeEngine(protocols);
        await engine.Run();
        return engine;
    }

    /// <summary>As a killed process does it: no word to anybody, then again on the same port.</summary>
    public async Task Restart()
    {
        await Stop();
        _host = Build(Address.Port);
        await Run();
    }

    public async Task Stop()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _host.StopAsync(atOnce.Token);
        await _host.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        Authority.Dispose();
    }

    public static Func<HttpContext, Task> Failure(StatusCode status, string detail = "scripted") => context =>
    {
        Grpc(context, status, detail);
        return Task.CompletedTask;
    };

    private async Task Run()
    {
        await _host.StartAsync();
        Address = new Uri(_host.Urls.Single());
    }

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = Authority.Engine;
            https.SslProtocols = _protocols;
        })));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Fleet);
        builder.Services.AddSingleton(Authority);
        var host = builder.Build();
        host.Use(async (context, next) =>
        {
            Calls.Enqueue($"{context.Request.Path}");
            if (Instead.TryDequeue(out var instead)) await instead(context);
            else if (context.Request.Path.StartsWithSegments("/fleet.v1.Enrolment")) await next(context);
            else if (context.Request.Headers.Authorization == $"Bearer {Key}") await next(context);
            else if (context.Request.Path.StartsWithSegments("/v2")) await FakeRegistry.Refuse(context, 401, "UNAUTHORIZED", "unknown key");
            else Grpc(context, StatusCode.Unauthenticated, "unknown key");
        });
        host.MapGrpcService<FakeImages>();
        host.MapGrpcService<FakeInstances>();
        host.MapGrpcService<FakeResources>();
        host.MapGrpcService<FakeAudit>();
        host.MapGrpcService<FakeRollouts>();
        host.MapGrpcService<FakeScheduling>();
        host.MapGrpcService<FakeEnrolment>();
        host.MapGrpcService<FakeBackups>();
        Registry.Map(host);
        return host;
    }

    private static void Grpc(HttpContext context, StatusCode status, string detail)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = $"{(int)status}";
        context.Response.Headers["grpc-message"] = detail;
    }
}
