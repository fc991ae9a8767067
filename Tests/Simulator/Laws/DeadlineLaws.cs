using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;

namespace Fleet.Simulation;

/// <summary>
/// Every state that isn't terminal is left before its deadline plus one period in which the engine runs; and an engine that
/// has just started decides nothing by deadlines before it has heard one cycle of reports.
/// </summary>
internal sealed class DeadlineLaws(SimWorld world)
{
    /// <summary>One period of the reminder behind the due shards, and the time of the calls that follow.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(90);

    /// <summary>Wake-ups that failed are tried again, ever more rarely, up to this.</summary>
    private static readonly TimeSpan AfterFaults = TimeSpan.FromMinutes(18);

    /// <summary>What isn't terminal: by when it must be left, by the engine's own clock, and what it is, in words.</summary>
    private readonly SortedDictionary<string, (DateTimeOffset Deadline, string Is)> waiting = new(StringComparer.Ordinal);

    public void Stored(SimProcess by, string instance, InstanceState before, InstanceState after)
    {
        Wait(instance, after.InFlight?.Deadline, $"{after.InFlight?.Id} is {after.InFlight?.Phase}");
        Wait($"lease of {instance}", after.InFlight is null ? after.Lease?.Until : null, $"{after.Lease?.Holder} has it");
        if (before.InFlight is not { } was || after.Changes.FirstOrDefault(c => c.Id == was.Id) is not { } now || now.Phase == was.Phase) return;
        if (now.History[^1].Reason is not ("DEADLINE_PASSED" or "ROLLBACK_OVERDUE" or "IRREVERSIBLE")) return;

        var started = world.Engines.FirstOrDefault(e => e.Process == by)?.Started ?? DateTimeOffset.MinValue;
        LawBook.Hold(world.Simulator.Now >= started + Reporting.Interval, Law.HearsFirst,
            $"{instance}: {was.Id} went from {was.Phase} to {now.Phase} {(world.Simulator.Now - started).TotalSeconds:0.0} s after the engine's start");
    }

    public void Stored(string id, RolloutState after) =>
        Wait($"rollout/{id}", after.Spec is null || after.Phase.IsTerminal() ? null : Rollout.Deadline(after), $"it is {after.Phase} at wave {after.Wave}");

    public void Stored(string resource, HoldState after) =>
        Wait($"hold of {resource}", after.Phase is HoldPhase.Taking or HoldPhase.Held ? after.Until : null, $"{after.Hold} is {after.Phase}");

    public void TimePassed()
    {
        if (world.Engines.Count == 0) return;
        var up = world.Engines.Min(e => e.Started);
        foreach (var (who, (until, what)) in waiting)
        {
            var deadline = until - world.EngineSkew;
            var counts = Later(deadline, up + Reporting.Interval);
            var limit = counts + Period;
            if (world.Weather.LastFault > counts - Period) limit = Later(counts, world.Weather.LastFault) + AfterFaults;
            LawBook.Hold(world.Weather.Calm is false || world.Simulator.Now <= limit, Law.LeftInTime, $"{who}: {what}, its deadline was {deadline:HH:mm:ss}");
        }
    }

    private void Wait(string who, DateTimeOffset? deadline, string what)
    {
        if (deadline is { } until) waiting[who] = (until, what);
        else waiting.Remove(who);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
