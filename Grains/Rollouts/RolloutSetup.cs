using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Rollouts;

/// <summary>How long rollouts may take where their specification doesn't say.</summary>
public sealed class RolloutOptions
{
    /// <summary>How long a rollout may wait for its first dispatch, or for a person, until it ends. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a wave may take beyond the deadline of its changes until the rollout pauses. Default: 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan WaveGrace { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long taking back one wave may take until a person is needed. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RollbackWithin { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an inconclusive bake is prolonged, each time. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Extension { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>So often an inconclusive bake is prolonged; then the rollout pauses. Default: 3.</summary>
    [Range(0, 100)]
    public int MostExtensions { get; set; } = 3;
}

/// <summary>What rollouts need from their host.</summary>
public static class RolloutSetup
{
    /// <summary>Adds what plans rollouts, and their options from the section <c>Fleet:Rollouts</c>.</summary>
    public static IServiceCollection AddRollouts(this IServiceCollection services)
    {
        services.AddOptions<RolloutOptions>().BindConfiguration("Fleet:Rollouts").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Planner>();
        return services;
    }
}
