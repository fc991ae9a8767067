using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>What one instance shows of how it took its change. Pure.</summary>
internal static class WaveEvidenceOf
{
    /// <summary>So many errors are chance, and so is this share of all answers.</summary>
    private const int FewErrors = 2;
    private const double SmallShare = .05;

    public static WaveEvidence Instance(InstanceView view) => view switch
    {
        { Health: Health.Unhealthy } => new() { Unhealthy = 1, Detail = $"{view.Id}: {view.HealthDetail}" },
        { Crashes: > 0 } => new() { Crashed = 1, Detail = $"{view.Id}: its service died {view.Crashes} times and was started again" },
        { FailedProbes: > FewErrors } when view.FailedProbes > view.Probes * SmallShare =>
            new() { Erring = 1, Detail = $"{view.Id}: {view.FailedProbes} of {view.Probes} answers of its health probe were errors" },
        { Health: Health.Healthy } => new() { Healthy = 1 },
        _ => new() { Unknown = 1, Detail = $"{view.Id}: {view.HealthDetail}" },
    };
}
