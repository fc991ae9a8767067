using Fleet.Engine.Embedded;
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

        var services = builder.Services;
        services.AddSingleton(options.Time);
        services.AddEngineStorage(options);
        services.TryAddSingleton<ITurnScheduler, ThreadPoolTurns>();
        services.AddSingleton(_ => GrainRegistry.OfProcess());
        services.AddSingleton<CallFilters>();
        services.AddSingleton<EngineLog>();
        services.AddSingleton<EmbeddedEngine>();
        services.AddSingleton<Reminders>();
        services.AddSingleton<IClusterClient, GrainFactory>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<IClusterClient>());
        services.AddSingleton<IGrainContextAccessor, ContextAccessor>();
        services.AddHostedService<EngineService>();
        return builder;
    }
}
