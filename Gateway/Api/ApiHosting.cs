using Fleet.Gateway.Doors;
using Fleet.Protocol.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Fleet.Gateway.Api;

/// <summary>Serves what operators ask: each service of the contract as gRPC and as REST, and the document that describes them.</summary>
internal static class ApiHosting
{
    /// <summary>The services of the contract that operators call.</summary>
    public static IReadOnlyList<ServiceDescriptor> Services { get; } =
    [
        Wire.Images.Descriptor, Wire.Instances.Descriptor, Wire.Resources.Descriptor, Wire.Rollouts.Descriptor, Wire.Scheduling.Descriptor, Wire.Audit.Descriptor, Wire.Backups.Descriptor,
    ];

    public static IServiceCollection AddApi(this IServiceCollection services) => services
        .AddSingleton<PageTokens>()
        .AddSingleton<Following>()
        .AddSingleton<ImagesService>()
        .AddSingleton<InstancesService>()
        .AddSingleton<ResourcesService>()
        .AddSingleton<RolloutsService>()
        .AddSingleton<SchedulingService>()
        .AddSingleton<AuditService>()
        .AddSingleton<EngineFiles>()
        .AddSingleton<BackupsService>();

    /// <summary>Maps all of them at the operators' door, for whom the policy lets in.</summary>
    public static void MapApi(this WebApplication app, string policy)
    {
        var rest = app.MapGroup("").At(Door.Api).RequireAuthorization(policy);
        Serve<ImagesService>(Wire.Images.Descriptor, Wire.Images.BindService);
        Serve<InstancesService>(Wire.Instances.Descriptor, Wire.Instances.BindService);
        Serve<ResourcesService>(Wire.Resources.Descriptor, Wire.Resources.BindService);
        Serve<RolloutsService>(Wire.Rollouts.Descriptor, Wire.Rollouts.BindService);
        Serve<SchedulingService>(Wire.Scheduling.Descriptor, Wire.Scheduling.BindService);
        Serve<AuditService>(Wire.Audit.Descriptor, Wire.Audit.BindService);
        Serve<BackupsService>(Wire.Backups.Descriptor, Wire.Backups.BindService);

        var version = typeof(ApiHosting).Assembly.GetName().Version!.ToString(3);
        var document = OpenApi.Document("Fleet", version, Services).ToJsonString();
        app.MapGet("/openapi/v1.json", () => Results.Content(document, "application/json")).At(Door.Api);

        void Serve<T>(ServiceDescriptor service, Action<ServiceBinderBase, T> bind)
            where T : class
        {
            app.MapGrpcService<T>().At(Door.Api).RequireAuthorization(policy);
            rest.MapRest(service, to => bind(to, app.Services.GetRequiredService<T>()));
        }
    }
}
