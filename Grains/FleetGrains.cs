using Fleet.Images;
using Fleet.Instances;
using Fleet.Rollouts;
using Fleet.Scheduling;
using Fleet.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fleet;

/// <summary>What the grains need from their host.</summary>
public static class FleetGrains
{
    /// <summary>Adds all of Fleet's grains. Once the engine runs, <see cref="Scheduling.DueGrains.StartDueShards"/> wakes what waited.</summary>
    public static IServiceCollection AddFleetGrains(this IServiceCollection services) => services
        .AddInstances()
        .AddImages()
        .AddScheduling()
        .AddRollouts()
        .AddTelemetry()
        .AddClock();

    private static IServiceCollection AddClock(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }
}
