using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>What one instance shows of how it took its change. Pure.</summary>
internal static class WaveEvidenceOf
{
    public static WaveEvidence Instance(InstanceView view) => view switch
    {
        { Health: Health.Unhealthy } => new() { Unhealthy = 1, Detail = $"{view.Id}: {view.HealthDetail}" },
        { Crashes: > 0 } => new() { Crashed = 1, Detail = $"{view.Id}: its service died {view.Crashes} times and was started again" },
        { Health: Health.Healthy } => new() { Healthy = 1 },
        _ => new() { Unknown = 1, Detail = $"{view.Id}: {view.HealthDetail}" },
    };
}
