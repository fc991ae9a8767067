using Fleet.Applications;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Simulation;

/// <summary>
/// No rollout advances past a wave that isn't verified, never more are out of service than the budget allows, and nothing is
/// dispatched two seconds after the rollout was stopped.
/// </summary>
internal sealed class RolloutLaws(SimWorld world, PermitLaws permits)
{
    /// <summary>So long a stop that is stored is under way to the scheduler.</summary>
    private static readonly TimeSpan Telling = TimeSpan.FromMilliseconds(200);

    /// <summary>When it was stored that a rollout is stopped.</summary>
    private readonly Dictionary<string, DateTimeOffset> stopped = [];

    public void Stored(string rollout, RolloutState before, RolloutState after)
    {
        if (!IsStopped(after)) stopped.Remove(rollout);
        else if (!IsStopped(before)) stopped[rollout] = world.Simulator.Now;
        if (before.Phase != after.Phase) world.Simulator.Say($"rollout {rollout}", $"is {after.Phase} at wave {after.Wave}: {after.Reason} {after.Detail}");
        if (after.Wave <= before.Wave || before.Wave == 0 || before.Order.Retry != after.Order.Retry) return;

        var wave = after.Waves[before.Wave - 1];
        LawBook.Hold(wave.Verdict == Verdict.Pass, Law.WavesAreVerified, $"{rollout}: wave {wave.Number} was judged {wave.Verdict}");
        var behind = Targets(rollout).Where(t => t.Wave > 0 && t.Wave <= before.Wave).ToList();
        // Who was offline may come back between the last look and the decision.
        var looked = world.Simulator.Now + world.EngineSkew - world.Weather.Storing - TimeSpan.FromSeconds(1);
        var open = behind.Find(t => t.State is TargetState.Pending or TargetState.Waiting or TargetState.Dispatched && !(t.Since > looked));
        LawBook.Hold(open is null, Law.WavesAreVerified, $"{rollout}: went from wave {before.Wave} to {after.Wave} while {open?.Instance} is {open?.State}");
        var failed = behind.Count(t => t.Failed);
        LawBook.Hold(failed <= after.Spec!.FailuresAllowed, Law.WavesAreVerified, $"{rollout}: went on to wave {after.Wave} with {failed} failed");
    }

    public void Stored(SimProcess by, ShardState before, ShardState after)
    {
        var same = before.Targets.Length == after.Targets.Length;
        for (var i = 0; i < after.Targets.Length; i++)
        {
            var (target, was) = (after.Targets[i], same ? before.Targets[i] : null);
            if (target.State != TargetState.Dispatched || (was?.State == TargetState.Dispatched && was.Attempt == target.Attempt)) continue;
            Dispatched(after, target);
            permits.Dispatched(by, after, target);
        }
    }

    public void Stored(string application, ApplicationState before, ApplicationState after)
    {
        if (after.Most is not { } most) return;
        var now = world.Simulator.Now + world.EngineSkew;
        var taken = after.Slots.Count(s => s.Value.Until > now);
        var had = before.Slots.Count(s => s.Value.Until > now);
        LawBook.Hold(taken <= Math.Max(most, had), Law.WithinBudget, $"{application}: {taken} slots are taken of {most}");
    }

    private void Dispatched(ShardState shard, Target target)
    {
        world.Simulator.Say($"rollout {shard.Rollout}", $"dispatches {target.Change} to {target.Instance}");
        var decided = target.Since is { } at && at - world.EngineSkew < world.Simulator.Now ? at - world.EngineSkew : world.Simulator.Now;
        LawBook.Hold(!stopped.TryGetValue(shard.Rollout, out var stop) || decided - stop <= Permit.Life + Telling || world.Weather.Split, Law.StopsInTime,
            $"{shard.Rollout}: {target.Instance} was dispatched {(decided - stop).TotalSeconds:0.0} s after it was stopped");

        if (target.Labels[ApplicationGrains.Label] is not { } name || world.Disk.State<ApplicationState>($"application/{name}", "application") is not { Most: not null } application) return;
        LawBook.Hold(application.Slots.ContainsKey(target.Instance.ToString()), Law.WithinBudget,
            $"{shard.Rollout}: {target.Instance} was dispatched without a slot of {name}");
    }

    private static bool IsStopped(RolloutState rollout) => rollout.Phase is RolloutPhase.Paused or RolloutPhase.Halted or RolloutPhase.Stopping
        or RolloutPhase.RollingBack or RolloutPhase.Stopped or RolloutPhase.RolledBack;

    private IEnumerable<Target> Targets(string rollout) => world.Disk.States
        .Where(s => s.Key.Grain.StartsWith($"rollout-shard/{rollout}/", StringComparison.Ordinal))
        .SelectMany(s => ((ShardState)s.Value.State).Targets);
}
