using Fleet.Committing;
using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Tests.Rollouts;

/// <summary>What people may do with a rollout, phase by phase.</summary>
public sealed class ControlsTests
{
    [Theory]
    [InlineData(RolloutVerb.Pause, RolloutPhase.Paused)]
    [InlineData(RolloutVerb.Stop, RolloutPhase.Stopping)]
    [InlineData(RolloutVerb.Kill, RolloutPhase.Stopping)]
    [InlineData(RolloutVerb.RollBack, RolloutPhase.RollingBack)]
    public void Each_hold_is_safe_to_repeat_and_ends_the_permit(RolloutVerb verb, RolloutPhase phase)
    {
        var story = new RolloutStory(4).Dispatch().Look();

        Assert.Equal(RolloutAnswerKind.Accepted, story.Control(verb));
        Assert.Equal((phase, story.Now, true), (story.State.Phase, story.State.HeldSince, story.Held));
        var records = story.Records.Count();
        Assert.Equal(RolloutAnswerKind.Accepted, story.Control(verb));
        Assert.Equal(records, story.Records.Count());
    }

    [Fact]
    public void A_pause_holds_what_is_pending_and_lets_what_is_in_flight_end()
    {
        var story = new RolloutStory(4, s => s with { Canary = false, Waves = [100] }).Dispatch(most: 1).Look();
        story.Control(RolloutVerb.Pause);

        story.Dispatch().Become(ChangePhase.Committed).Look();

        Assert.Equal((2, 2), (story.Targets.Count(t => t.State == TargetState.Verified), story.Targets.Count(t => t.State == TargetState.Pending)));
        Assert.Equal(RolloutPhase.Paused, story.State.Phase);
    }

    [Fact]
    public void A_resumed_rollout_goes_on_with_the_wave_that_it_was_at()
    {
        var story = new RolloutStory(4).Dispatch().Become(ChangePhase.Committed).Look();
        story.Control(RolloutVerb.Pause);
        story.Control(RolloutVerb.Resume);

        Assert.Equal((RolloutPhase.Dispatching, 1, false), (story.State.Phase, story.State.Wave, story.Held));
        story.Look();
        Assert.Equal(RolloutPhase.Baking, story.State.Phase);
    }

    [Fact]
    public void A_halted_rollout_is_retried_only_when_its_patch_is_not_quarantined_any_more()
    {
        var story = new RolloutStory(4, s => s with { KeepOnFailure = true }).Dispatch().Become(ChangePhase.Failed).GoBack().Look();
        Assert.Equal((RolloutPhase.Halted, "FAILURES"), (story.State.Phase, story.State.Reason));

        Assert.Equal(RolloutAnswerKind.Refused, story.Control(RolloutVerb.Resume));
        Assert.Equal(RolloutAnswerKind.Refused, story.Control(RolloutVerb.Retry, quarantined: "it broke something"));
        Assert.Equal(RolloutAnswerKind.Accepted, story.Control(RolloutVerb.Retry));

        story.Dispatch().Look();
        Assert.Equal(RolloutPhase.Dispatching, story.State.Phase);
        Assert.Equal("r.2", story.Targets.First().Change);
    }

    [Fact]
    public void A_kill_takes_back_what_is_in_flight_and_keeps_what_is_verified()
    {
        var story = new RolloutStory(4, s => s with { Canary = false, Waves = [100] }).Dispatch(most: 1).Become(ChangePhase.Committed).Dispatch(most: 1).Look();
        story.Control(RolloutVerb.Kill);
        story.GoBack().Look();

        Assert.Equal(RolloutPhase.Stopped, story.State.Phase);
        Assert.Equal([TargetState.Verified, TargetState.RolledBack], story.Targets.Select(t => t.State).Where(s => s != TargetState.Untouched).Distinct());
    }

    [Fact]
    public void Done_waves_are_taken_back_in_reverse()
    {
        var story = new RolloutStory(4, s => s with { Canary = true, Waves = [50, 100] });
        for (var wave = 1; wave <= 3; wave++)
        {
            story.Dispatch().Become(ChangePhase.Committed).Look();
            story.Pass(story.Spec.WaveBake);
            if (wave < 3) story.Look();
        }
        story.Control(RolloutVerb.RollBack);

        Assert.Equal([3], Back(story));
        story.GoBack().Look();
        Assert.Equal([2], Back(story));
        story.GoBack().Look();
        Assert.Equal([1], Back(story));
        story.GoBack().Look();
        Assert.Equal(RolloutPhase.RolledBack, story.State.Phase);
    }

    [Fact]
    public void Taking_back_a_rollout_that_has_ended_is_an_undertaking_with_an_end_of_its_own()
    {
        var story = new RolloutStory(1).Dispatch().Become(ChangePhase.Committed).Look();
        story.Pass(story.Spec.WaveBake);
        story.Look();
        Assert.Equal(RolloutPhase.Succeeded, story.State.Phase);

        story.Control(RolloutVerb.RollBack);
        story.GoBack().Look();

        Assert.Equal(RolloutPhase.RolledBack, story.State.Phase);
        Assert.Equal(["r", "r-back"], story.Records.Where(r => r.Terminal).Select(r => r.Change));
    }

    [Fact]
    public void A_rollback_that_fails_needs_a_person_and_says_how_many()
    {
        var story = new RolloutStory(2, s => s with { Canary = false, Waves = [100] }).Dispatch().Become(ChangePhase.Committed).Look();
        story.Control(RolloutVerb.RollBack);
        story.GoBack(ChangePhase.NeedsHuman).Look();

        Assert.Equal(RolloutPhase.NeedsHuman, story.State.Phase);
        Assert.Contains("2 need a person", story.State.Detail, StringComparison.Ordinal);
    }

    private static int[] Back(RolloutStory story) => [.. story.Targets.Where(t => t.State == TargetState.RollingBack).Select(t => t.Wave).Distinct()];
}
