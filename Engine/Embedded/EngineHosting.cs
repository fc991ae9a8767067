using Fleet.Engine.Embedded;
using Fleet.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Fleet.Engine;

/// <summary>Runs the grains in this process.</summary>
public static class EngineHosting
{
    /// <summary>Adds the engine: afterwards <see cref="IGrainFactory"/> and <see cref="IClusterClient"/> come from the host's services.</summary>
    public static IHostApplicationBuilder UseFleetEngine(this IHostApplicationBuilder builder, Action<EngineOptions> configure)
    {
        var options = new EngineOptions();
        configure(options);
        if (options.ClusterDatabase != "" || options.ClusterStorage != "" || options.Role != EngineRole.All)
            throw new StateStoreException("This engine is one process by itself: for a cluster, build with -p:Engine=Orleans.");

        builder.Services.AddSingleton(options.Time);
        builder.Services.AddEngineStorage(options);
        builder.Services.AddSingleton<IReminderStore, ReminderStore>();
        builder.Services.AddRuntime();
        builder.Services.AddHostedService<EngineService>();
        builder.Services.AddHostedService<EngineMeter>();
        return builder;
    }

    /// <summary>What runs the grains; options, clock and storage are there, turns and registry may be.</summary>
    internal static IServiceCollection AddRuntime(this IServiceCollection services)
    {
        services.TryAddSingleton<ITurnScheduler, ThreadPoolTurns>();
        services.TryAddSingleton(_ => GrainRegistry.OfProcess());
        services.AddSingleton<CallFilters>();
        services.AddSingleton<EngineLog>();
        services.AddSingleton<EmbeddedEngine>();
        services.AddSingleton<Reminders>();
        services.AddSingleton<IClusterClient, GrainFactory>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<IClusterClient>());
        services.AddSingleton<IGrainContextAccessor, ContextAccessor>();
        return services;
    }
}
