using Fleet.Committing;
using Fleet.Instances;
using Fleet.Rollouts;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fleet.Tests.Rollouts;

/// <summary>Laws that hold in every history of a rollout. A history is a script of numbers, so that a failing one shrinks to its gist.</summary>
public sealed class RolloutProperties
{
    private const int Histories = 2000;

    [Property(MaxTest = Histories)]
    public void No_history_opens_a_wave_before_the_one_before_it_passed(ushort[] script) => Play(script, (before, story) =>
    {
        if (story.State.Wave > before.Wave) Assert.True(before.Wave == 0 || story.State.Waves[before.Wave - 1].Verdict == Verdict.Pass);
        Assert.True(story.State.Wave >= before.Wave);
        Assert.DoesNotContain(story.Targets, t => t.Wave > story.State.Wave && t.Change != "");
    });

    [Property(MaxTest = Histories)]
    public void A_rollout_that_has_ended_has_exactly_one_terminal_record(ushort[] script) => Play(script, (_, story) =>
    {
        var ended = story.Records.Where(r => r.Terminal).ToArray();
        Assert.Equal(ended.Length, ended.DistinctBy(r => r.Change).Count());
        Assert.Equal(story.Records.Count(), story.Records.DistinctBy(r => r.Id).Count());
        if (story.State.Reopened == 0) Assert.Equal(story.State.Phase.IsTerminal() ? 1 : 0, ended.Length);
    });

    [Property(MaxTest = Histories)]
    public void Whatever_is_held_or_has_ended_has_no_permit(ushort[] script) => Play(script, (_, story) =>
    {
        if (story.State.Phase is RolloutPhase.Paused or RolloutPhase.Halted or RolloutPhase.Stopping or RolloutPhase.RollingBack
            || (story.State.Phase.IsTerminal() && story.State.CatchesUpUntil is null))
        {
            Assert.True(story.Held);
            Assert.DoesNotContain(story.Shards, s => Shard.Candidates(s).Any());
        }
    });

    [Property(MaxTest = Histories)]
    public void Every_phase_that_is_not_terminal_has_a_deadline_and_is_left_at_it(ushort[] script) => Play(script, (_, story) =>
    {
        if (story.State.Phase.IsTerminal()) return;
        var phase = (story.State.Phase, story.State.Wave, story.State.BackWave, story.State.Extensions);
        var at = Assert.NotNull(Rollout.Deadline(story.State));
        var after = Rollout.Look(story.State, story.Tally, new(), story.Moment with { Now = at > story.Now ? at : story.Now }).State;
        Assert.NotEqual(phase, (after.Phase, after.Wave, after.BackWave, after.Extensions));
    });

    [Property(MaxTest = Histories)]
    public void Left_alone_every_history_comes_to_an_end(ushort[] script)
    {
        var story = Play(script, (_, _) => { });
        for (var i = 0; i < 40 && !story.State.Phase.IsTerminal(); i++)
        {
            var at = Rollout.Deadline(story.State)!.Value;
            if (at > story.Now) story.Pass(at - story.Now);
            story.Look(new());
        }
        Assert.True(story.State.Phase.IsTerminal(), $"{story.State.Phase}");
    }

    [Property(MaxTest = Histories)]
    public void More_failures_than_are_allowed_halt_it_at_the_next_look_and_the_patch_is_quarantined(ushort[] script) => Play(script, (before, story) =>
    {
        var open = before.Phase is RolloutPhase.Waiting or RolloutPhase.Dispatching or RolloutPhase.Baking;
        if (!open || story.Targets.Count(t => t.Failed) <= story.Spec.FailuresAllowed) return;
        story.Look();
        Assert.True(story.State.Phase is RolloutPhase.RollingBack or RolloutPhase.Halted or RolloutPhase.Paused or RolloutPhase.Stopping || story.State.Phase.IsTerminal());
        if (story.State.Reason == "FAILURES") Assert.Contains(story.Effects, e => e is Effect.Quarantine { Patch: "fix" });
    });

    [Property(MaxTest = Histories)]
    public void No_target_is_begun_twice_under_one_name(ushort[] script)
    {
        var begun = new HashSet<(InstanceId, string)>();
        Play(script, (_, story) =>
        {
            foreach (var target in story.Targets.Where(t => t.Sent)) begun.Add((target.Instance, target.Change));
            Assert.All(story.Targets, t => Assert.True(t.Attempt == 0 || t.Change == "" || t.Change == $"r.{t.Attempt}"));
        });
    }

    [Property(MaxTest = 500)]
    public bool Waves_rise_to_all_rounded_up_and_leave_nobody_out(ushort targets, bool canary, byte first, byte second)
    {
        var percent = new[] { 1 + (first % 99), 1 + (second % 99), 100 }.Distinct().Order().ToImmutableArray();
        var spec = new RolloutSpec { Image = "web", Patch = "fix", Canary = canary, Waves = percent };
        var count = 1 + (targets % 5000);
        var waves = Waves.Plan(spec, count);

        var whole = waves[^1].Cumulative == count && waves.Sum(w => w.Size) == count && waves.All(w => w.Size > 0);
        var numbered = waves.Select(w => w.Number).SequenceEqual(Enumerable.Range(1, waves.Length));
        var alone = !canary || waves[0].Size == 1;
        var enough = percent.All(p => waves.Any(w => w.Cumulative >= Math.Ceiling(count * p / 100.0)));
        return whole && numbered && alone && enough;
    }

    [Property(MaxTest = 200)]
    public bool Membership_depends_on_rollout_and_instances_alone_and_not_on_their_order(ushort seed)
    {
        var ids = Enumerable.Range(0, 50).Select(i => new InstanceId($"edge-{i}", "web")).ToImmutableArray();
        ImmutableArray<InstanceId> mixed = [.. ids.OrderBy(i => (i.Resource.Length * 7919) ^ (seed * int.Parse(i.Resource[5..], System.Globalization.CultureInfo.InvariantCulture) % 101))];
        var one = Waves.Order($"r{seed}", ids, i => i, canary: false, _ => true);
        var other = Waves.Order($"r{seed}", mixed, i => i, canary: false, _ => true);
        return one.SequenceEqual(other) && !one.SequenceEqual(Waves.Order($"q{seed}", ids, i => i, canary: false, _ => true));
    }

    private static RolloutStory Play(ushort[] script, Action<RolloutState, RolloutStory> check)
    {
        var story = new RolloutStory(7, spec => spec with
        {
            Waves = [30, 100],
            FailuresAllowed = script.Length % 2,
            KeepOnFailure = script.Length % 3 == 0,
        });
        foreach (var number in script)
        {
            var before = story.State;
            Do(story, number);
            check(before, story);
        }
        return story;
    }

    private static void Do(RolloutStory story, ushort number)
    {
        bool Chosen(Target t) => (t.Instance.Resource[^1] + number / 16) % 3 != 0;
        switch (number % 16)
        {
            case 0 or 1 or 2: story.Dispatch(1 + (number / 16 % 4)); break;
            case 3 or 4 or 5: story.Become(ChangePhase.Committed, Chosen); break;
            case 6: story.Become(ChangePhase.Failed, t => number % 5 == 0 && Chosen(t)); break;
            case 7: story.Become(ChangePhase.Expired, Chosen); break;
            case 8: story.GoBack(number % 7 == 0 ? ChangePhase.NeedsHuman : ChangePhase.RolledBack); break;
            case 9 or 10 or 11: story.Look(number % 11 == 0 ? new() : null); break;
            case 12 or 13: story.Pass(TimeSpan.FromSeconds(10)); story.Look(number % 13 == 0 ? new() { Unhealthy = 2 } : null); break;
            case 14: story.Control((RolloutVerb)(1 + (number / 16 % 6)), number % 9 == 0 ? "broke something" : null); break;
            default: story.Pass(TimeSpan.FromMinutes(number / 16 % 20)); break;
        }
    }
}
