using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Tests.Rollouts;

/// <summary>Targets that were offline when their wave began to bake, and came back.</summary>
public sealed class RolloutLatecomerTests
{
    [Fact]
    public void A_wave_is_not_judged_while_a_target_that_came_back_is_not_verified()
    {
        var story = new RolloutStory(4, s => s with { Canary = false, Waves = [50, 100] });
        story.Dispatch(most: 1).Become(ChangePhase.Committed);
        story.Shards[0] = Shard.Away(story.Shards[0], story.Targets.Where(t => t is { Wave: 1, State: TargetState.Pending }).ToDictionary(t => t.Instance, _ => "offline"), story.Now);
        story.Look().Look();
        Assert.Equal(RolloutPhase.Baking, story.State.Phase);

        story.Pass(story.Spec.WaveBake);
        story.Dispatch().Look();
        Assert.Equal((RolloutPhase.Dispatching, 1), (story.State.Phase, story.State.Wave));
        Assert.Equal(story.Now + story.Spec.ChangeWithin + story.Spec.OfflineGrace + story.Options.WaveGrace, Rollout.Deadline(story.State));

        story.Become(ChangePhase.Committed).Look();
        Assert.Equal((RolloutPhase.Baking, 1), (story.State.Phase, story.State.Wave));
        story.Pass(story.Spec.WaveBake);
        Assert.Equal(2, story.Look().State.Wave);
    }
}
