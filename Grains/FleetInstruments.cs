using System.Diagnostics.Metrics;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;

namespace Fleet;

/// <summary>What Fleet counts of itself.</summary>
internal static class FleetInstruments
{
    /// <summary>The meter's name, for whoever exports it.</summary>
    public const string Name = "Fleet";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>(
        "fleet.changes", "{change}", "Changes of instances that entered a phase.");

    private static readonly Counter<long> Rollbacks = Meter.CreateCounter<long>(
        "fleet.rollbacks", "{rollback}", "Rollbacks that ended.");

    private static readonly Histogram<double> RollbackSeconds = Meter.CreateHistogram<double>(
        "fleet.rollback.duration", "s", "From the decision to roll back until traffic reached the restored stack.");

    private static readonly Counter<long> Directives = Meter.CreateCounter<long>(
        "fleet.directives", "{directive}", "Directives that were handed to a resource, without repetitions.");

    public static void Changed(ChangeState change)
    {
        Changes.Add(1, new KeyValuePair<string, object?>("phase", Words.Of(change.Phase)));
        if (change.Phase != ChangePhase.RolledBack) return;

        Rollbacks.Add(1, new("by", change.ByAgent ? "agent" : "engine"), new("warm", change.RollbackWarm));
        RollbackSeconds.Record(change.RollbackTook.TotalSeconds, new KeyValuePair<string, object?>("warm", change.RollbackWarm));
    }

    private static readonly Counter<long> RolloutPhases = Meter.CreateCounter<long>(
        "fleet.rollouts", "{rollout}", "Rollouts that entered a phase.");

    public static void Rollout(RolloutPhase phase) => RolloutPhases.Add(1, new KeyValuePair<string, object?>("phase", Words.Of(phase)));

    public static void Directed(DirectiveKind kind) => Directives.Add(1, new KeyValuePair<string, object?>("kind", Words.Of(kind)));
}
