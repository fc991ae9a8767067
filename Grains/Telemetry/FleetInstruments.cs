using System.Diagnostics.Metrics;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Telemetry;

/// <summary>What the grains count of themselves. No figure names an instance, a resource, a change or a rollout.</summary>
internal sealed class FleetInstruments
{
    /// <summary>The meter's name, for whoever exports it.</summary>
    public const string Name = "Fleet";

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };
    private static readonly InstrumentAdvice<double> Minutes = new() { HistogramBucketBoundaries = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400] };

    private readonly Counter<long> changes;
    private readonly Histogram<double> changeDuration;
    private readonly Counter<long> rollbacks;
    private readonly Histogram<double> rollbackDuration;
    private readonly Counter<long> directives;
    private readonly Counter<long> rollouts;
    private readonly Histogram<double> rolloutDuration;
    private readonly Counter<long> permits;
    private readonly Counter<long> effects;
    private readonly Counter<long> unsent;
    private readonly Counter<long> unwoken;
    private readonly Counter<long> audited;

    public FleetInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        changes = meter.CreateCounter<long>("fleet.changes", "{change}", "Changes of instances that entered a phase.");
        changeDuration = meter.CreateHistogram("fleet.change.duration", "s", "From the request of a change to its end, by outcome.", advice: Minutes);
        rollbacks = meter.CreateCounter<long>("fleet.rollbacks", "{rollback}", "Rollbacks that ended.");
        rollbackDuration = meter.CreateHistogram("fleet.rollback.duration", "s", "From the decision to roll back until traffic reached the restored stack.", advice: Seconds);
        directives = meter.CreateCounter<long>("fleet.directives", "{directive}", "Directives that were handed to a resource, without repetitions.");
        rollouts = meter.CreateCounter<long>("fleet.rollouts", "{rollout}", "Rollouts that entered a phase.");
        rolloutDuration = meter.CreateHistogram("fleet.rollout.duration", "s", "From the request of a rollout to its end, by outcome.", advice: Minutes);
        permits = meter.CreateCounter<long>("fleet.permits", "{permit}", "Permits to dispatch that were asked for: granted, or why not.");
        effects = meter.CreateCounter<long>("fleet.effects", "{effect}", "Effects of decisions that arrived at other grains, repeated ones included.");
        unsent = meter.CreateCounter<long>("fleet.effects.failed", "{effect}", "Effects that couldn't be sent and stay in the outbox until they are sent again.");
        unwoken = meter.CreateCounter<long>("fleet.wakeups.failed", "{wakeup}", "Grains that couldn't be woken at their deadline and are woken again.");
        audited = meter.CreateCounter<long>("fleet.audit.records", "{record}", "Records that were brought to the audit, repeated ones included.");
    }

    /// <summary>Shows every counter whose values are known from the start, so that the first event of a kind is seen as an increase.</summary>
    public void ShowZeros()
    {
        foreach (var phase in Enum.GetValues<ChangePhase>().Where(p => p != ChangePhase.Unspecified)) changes.Add(0, Tag("phase", Words.Of(phase)));
        foreach (var phase in Enum.GetValues<RolloutPhase>().Where(p => p != RolloutPhase.Unspecified)) rollouts.Add(0, Tag("phase", Words.Of(phase)));
        foreach (var kind in Enum.GetValues<DirectiveKind>()) directives.Add(0, Tag("kind", Words.Of(kind)));
        foreach (var outcome in Enum.GetValues<PermitOutcome>()) permits.Add(0, Tag("outcome", Words.Of(outcome)));
        foreach (var by in (string[])["agent", "engine"])
            foreach (var warm in (bool[])[true, false]) rollbacks.Add(0, Tag("by", by), Tag("warm", warm));
        foreach (var effect in MeasuredOutlet.Kinds)
        {
            effects.Add(0, Tag("effect", effect));
            unsent.Add(0, Tag("effect", effect));
        }
        unwoken.Add(0);
        audited.Add(0);
    }

    public void Changed(ChangeState change)
    {
        changes.Add(1, Tag("phase", Words.Of(change.Phase)));
        if (change.Ended is { } ended) changeDuration.Record((ended - change.Requested).TotalSeconds, Tag("outcome", Words.Of(change.Phase)));
        if (change.Phase != ChangePhase.RolledBack) return;

        rollbacks.Add(1, Tag("by", change.ByAgent ? "agent" : "engine"), Tag("warm", change.RollbackWarm));
        rollbackDuration.Record(change.RollbackTook.TotalSeconds, Tag("warm", change.RollbackWarm));
    }

    public void Entered(RolloutPhase phase, DateTimeOffset requested, DateTimeOffset now)
    {
        rollouts.Add(1, Tag("phase", Words.Of(phase)));
        if (phase.IsTerminal()) rolloutDuration.Record((now - requested).TotalSeconds, Tag("outcome", Words.Of(phase)));
    }

    public void Directed(DirectiveKind kind) => directives.Add(1, Tag("kind", Words.Of(kind)));

    public Permit Asked(Permit permit)
    {
        permits.Add(1, Tag("outcome", Words.Of(permit.Outcome)));
        return permit;
    }

    public void Sent(string effect, bool arrived)
    {
        (arrived ? effects : unsent).Add(1, Tag("effect", effect));
        if (arrived && effect == MeasuredOutlet.Audit) audited.Add(1);
    }

    public void NotWoken() => unwoken.Add(1);

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
