using System.ComponentModel.DataAnnotations;
using Fleet.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Scheduling;

/// <summary>What may run at once.</summary>
public sealed class SchedulingOptions
{
    /// <summary>So many ordinary rollouts dispatch at once; the others wait, by priority and age. Default: 16.</summary>
    [Range(1, 10_000)]
    public int MostRunning { get; set; } = 16;
}

/// <summary>Since when this engine runs. To be made when it starts.</summary>
public sealed class Uptime(TimeProvider time)
{
    public DateTimeOffset Since { get; } = time.GetUtcNow();

    /// <summary>From here on it may act: it has loaded its state and seen one full reporting cycle.</summary>
    public DateTimeOffset Warm => Since + Reporting.Interval;
}

/// <summary>What scheduling needs from its host.</summary>
public static class SchedulingSetup
{
    /// <summary>Adds the options of scheduling, from the section <c>Fleet:Scheduling</c>.</summary>
    public static IServiceCollection AddScheduling(this IServiceCollection services)
    {
        services.AddOptions<SchedulingOptions>().BindConfiguration("Fleet:Scheduling").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Uptime>();
        return services;
    }
}
