using Fleet.Gateway.Access;
using Fleet.Gateway.Agents;
using Fleet.Gateway.Api;
using Fleet.Gateway.Doors;
using Fleet.Gateway.Registry;
using Fleet.Gateway.Telemetry;
using Fleet.Images;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace Fleet.Gateway;

/// <summary>Adds the gateway to a host, and opens its doors.</summary>
public static class GatewayHosting
{
    private const string Operators = "operators";
    private const string Devices = "devices";
    private const string Anybody = "operators and devices";
    private const int LargestCall = 1 << 20;
    private const int LargestAgentMessage = 4 << 20;

    /// <summary>Adds what the gateway needs; grains are reached by the host's <see cref="IGrainFactory"/>.</summary>
    /// <exception cref="StartException">The authority can't be opened or made.</exception>
    public static IServiceCollection AddFleetGateway(this IServiceCollection services, GatewayOptions options, TimeProvider time)
    {
        services.TryAddSingleton(time);
        services.AddSingleton(options);
        services.AddAccess(AuthorityFiles.Open(options.DataDirectory, time));
        services.AddRegistry(Path.Combine(options.DataDirectory, "content"));
        services.AddServices();
        services.AddTelemetry();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, Listeners>();
        return services;
    }

    /// <summary>Serves something of the host's own to operators, at their door and with their keys.</summary>
    public static void ForOperators(this RouteGroupBuilder endpoints) => endpoints.At(Door.Api).RequireAuthorization(Operators);

    /// <summary>Maps everything that the gateway serves, each at its door.</summary>
    public static void MapFleetGateway(this WebApplication app)
    {
        app.UseRouting();
        app.UseMiddleware<DoorKeeper>();
        app.UseMiddleware<RequestTelemetry>();
        app.UseMiddleware<EmptyAnswers>();
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapApi(Operators);
        app.MapGrpcService<AgentLinkService>().At(Door.Agents).RequireAuthorization(Devices);
        app.MapGrpcService<EnrolmentService>().At(Door.Enrolment);
        app.MapRegistry();
        app.MapHealthChecks("/healthz", new() { Predicate = _ => false }).At(Door.Api);
        app.MapHealthChecks("/readyz", Readiness.Options).At(Door.Api);
        var metrics = app.MapPrometheusScrapingEndpoint("/metrics").At(Door.Api);
        if (!app.Services.GetRequiredService<GatewayOptions>().OpenMetrics) metrics.RequireAuthorization(Operators);
    }

    private static void MapRegistry(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/v2/{**path}", [HttpMethods.Get, HttpMethods.Head], (HttpContext http, string? path, Pull pull) => pull.Answer(http, path))
            .At(Door.Api | Door.Agents).RequireAuthorization(Anybody);
        app.MapMethods("/v2/{**path}", [HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete], (HttpContext http, string? path, Push push) => push.Answer(http, path))
            .At(Door.Api).RequireAuthorization(Operators);
    }

    private static void AddAccess(this IServiceCollection services, Authority authority)
    {
        services.AddSingleton(authority);
        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<Certificates>();
        services.AddSingleton<PresentedCertificates>();
        services.AddSingleton<Guesses>();
        services.TryAddSingleton(Console.Out);
        services.AddHostedService<FirstKey>();
        services.AddAuthentication(OperatorKeys.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, OperatorKeys>(OperatorKeys.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, DeviceCertificates>(DeviceCertificates.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Operators, p => p.AddAuthenticationSchemes(OperatorKeys.SchemeName).RequireRole(OperatorKeys.Administrator))
            .AddPolicy(Devices, p => p.AddAuthenticationSchemes(DeviceCertificates.SchemeName).RequireRole(DeviceCertificates.Device))
            .AddPolicy(Anybody, p => p.AddAuthenticationSchemes(OperatorKeys.SchemeName, DeviceCertificates.SchemeName).RequireRole(OperatorKeys.Administrator, DeviceCertificates.Device));
    }

    private static void AddRegistry(this IServiceCollection services, string directory)
    {
        services.AddSingleton(_ => new ContentStore(directory));
        services.AddSingleton(_ => new Tags(Path.Combine(directory, "tags")));
        services.AddSingleton<Pull>();
        services.AddSingleton<Push>();
        services.AddHostedService<UploadSweep>();
    }

    private static void AddServices(this IServiceCollection services)
    {
        services.AddApi();
        services.AddSingleton<EnrolmentService>();
        services.AddSingleton<AgentLinkService>();
        services.AddSingleton<AgentStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<AgentStreams>());
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = LargestCall;
            grpc.Interceptors.Add<GrpcErrors>();
        }).AddServiceOptions<AgentLinkService>(grpc => grpc.MaxReceiveMessageSize = LargestAgentMessage);
    }

    private static void AddTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<GatewayMeter>();
        services.AddSingleton<IHealthCheckPublisher, HealthMeter>();
        services.Configure<HealthCheckPublisherOptions>(health => (health.Delay, health.Period) = (HealthMeter.After, HealthMeter.Every));
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Fleet", "Fleet.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddPrometheusExporter());
        services.AddHealthChecks().AddCheck<GrainsAnswer>("grains").AddCheck<ContentWritable>("content");
    }
}
