using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Simulation;

/// <summary>
/// What the scheduler alone guards: a rollout begins nothing later than two seconds after the scheduler's own record said no,
/// because it is held, its turn hasn't come, or a freeze holds; and nothing before the engine has heard one cycle of reports.
/// </summary>
internal sealed class PermitLaws(SimWorld world)
{
    private readonly List<(DateTimeOffset At, SchedulerState State)> records = [(DateTimeOffset.MinValue, new())];

    public void Stored(SchedulerState state) => records.Add((world.Simulator.Now, state));

    /// <summary>A shard decides to begin it.</summary>
    public void Dispatched(SimProcess by, ShardState shard, Target target)
    {
        Warm(by, $"{shard.Rollout}: {target.Instance} was dispatched");
        Permitted(shard.Rollout, target, "dispatched");
    }

    /// <summary>An instance begins, or takes back, what a rollout asked for.</summary>
    public void Stored(SimProcess by, string instance, Instances.InstanceState before, Instances.InstanceState after)
    {
        foreach (var change in after.Changes)
        {
            var was = before.Find(change.Id);
            if (was is null && change is { Owner: { } owner, Undoes: "" } && Target(owner, instance) is { } target)
            {
                Warm(by, $"{change.Id} was begun");
                Permitted(owner.Rollout, target, "begun");
            }

            var back = was is null && change.Undoes != "" ? change.By : change.Backs.Length > (was?.Backs.Length ?? 0) ? change.BackBy : "";
            if (back.StartsWith("rollout:", StringComparison.Ordinal)) Warm(by, $"{change.Id} of {instance} was called off by {back}");
        }
    }

    private void Warm(SimProcess by, string what)
    {
        if (world.Engines.FirstOrDefault(e => e.Process == by) is not { } engine) return;
        var up = engine.Clock.GetUtcNow() - engine.StartedByClock;
        LawBook.Hold(up >= Reporting.Interval, Law.HearsFirst, $"{what} {up.TotalSeconds:0.0} s after the engine's start");
    }

    private void Permitted(string rollout, Target target, string what)
    {
        // Two engines at once have two schedulers, of which one knows less than the record.
        if (world.Engines.Count != 1 || world.Weather.Split) return;
        var from = world.Simulator.Now - Permit.Life - world.Weather.Storing;
        var last = records.FindLastIndex(r => r.At <= from);
        records.RemoveRange(0, last);
        var refusals = records.SelectMany((record, i) => (string[])
            [Refusal(record.State, record.At < from ? from : record.At), Refusal(record.State, KnownUntil(i))]).ToList();
        LawBook.Hold(refusals.Contains(""), Law.Permitted, $"{rollout}: {target.Instance} was {what} although {refusals[^1]}");

        // A scheduler whose write failed may not know that it landed.
        DateTimeOffset KnownUntil(int record) => record + 1 < records.Count && world.Weather.StoresWell ? records[record + 1].At : world.Simulator.Now;

        string Refusal(SchedulerState state, DateTimeOffset at)
        {
            if (state.Rollouts.GetValueOrDefault(rollout) is not { Held: false, Applicant: var applicant }) return "it isn't admitted";
            var urgent = applicant.Lane == Lane.Emergency;
            var freeze = state.Freezes.Values.FirstOrDefault(f => f.Lifted is null && at + world.EngineSkew < f.Until
                && (f.Labels.All.IsEmpty || (!urgent && target.Labels.Contain(f.Labels))));
            if (freeze is not null) return $"freeze {freeze.Id} holds it";
            var ahead = state.Rollouts.Values.Count(r => r is { Held: false, Applicant.Lane: Lane.Ordinary } && IsAhead(r.Applicant, applicant));
            return urgent || ahead < world.Plan.MostRunning ? "" : $"{ahead} go first";
        }
    }

    private static bool IsAhead(Applicant one, Applicant other) => one.Priority != other.Priority ? one.Priority > other.Priority
        : one.Requested != other.Requested ? one.Requested < other.Requested
        : string.CompareOrdinal(one.Rollout, other.Rollout) < 0;

    private Target? Target(ChangeOwner owner, string instance) => world.Disk.State<ShardState>($"rollout-shard/{owner.Rollout}/{owner.Shard}", "rollout-shard")
        ?.Targets.FirstOrDefault(t => t.Instance.ToString() == instance);
}
