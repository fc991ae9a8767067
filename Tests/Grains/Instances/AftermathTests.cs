using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Tests.Instances;

/// <summary>What follows a change that needed a person.</summary>
public sealed class AftermathTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(15);

    /// <summary>A hotfix of what the one before brought.</summary>
    private static readonly Patch Next = Sample.Hotfix("fix", "3.0.3") is var patch ? patch with { Swap = patch.Swap! with { FromVersion = "3.0.2" } } : patch;

    [Fact]
    public void A_change_that_follows_one_that_stayed_in_force_builds_on_it_and_leaves_its_way_back()
    {
        var story = Stuck();
        Assert.Equal(ChangeAnswerKind.Accepted, story.Apply("d", Next).Kind);
        Assert.Equal(["fix"], story.Last.Target!.Hotfixes.Select(h => h.Patch));

        story.Told("d", ChangePhase.Admitted);
        Assert.Equal(["oneway"], story.State.Anchor!.Hotfixes.Select(h => h.Patch));
        Assert.Contains("edge-1/web:c:settled", story.Audit);

        story.Told("d", ChangePhase.Applied).Told("d", ChangePhase.Failed, "PROBE_FAILED").Told("d", ChangePhase.RollingBack, byAgent: true).Told("d", ChangePhase.RolledBack, byAgent: true);
        Assert.Equal(["oneway"], story.State.Anchor!.Hotfixes.Select(h => h.Patch));
        story.RollBack("back");
        Assert.Equal("c", story.Directives.Last().Undoes);
        story.Told("back", ChangePhase.RolledBack);
        Assert.Empty(story.State.Anchor!.Hotfixes);
        Assert.Equal(["install"], story.State.RestorePoints.Select(p => p.Change));
    }

    [Fact]
    public void A_change_that_the_device_refused_does_not_hide_the_way_back()
    {
        var story = Stuck();
        story.Apply("d", Next);
        story.AnswersLast(accepted: false, "BUSY");
        Assert.Equal(ChangePhase.Rejected, story.Phase);
        Assert.Empty(story.State.Anchor!.Hotfixes);

        story.RollBack("back");
        story.AnswersLast(accepted: false, "BUSY");
        Assert.Equal(ChangePhase.Rejected, story.Phase);

        Assert.Equal(ChangeAnswerKind.Accepted, story.RollBack("again").Kind);
        Assert.Equal("c", story.Directives.Last().Undoes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_the_device_stopped_half_way_its_report_says_what_is_in_force(bool changed)
    {
        var story = Story.Installed();
        var before = story.State.Anchor;
        story.Apply("c", Sample.Hotfix("bad", "3.0.2"));
        var target = story.Last.Target;
        story.Told("c", ChangePhase.Applied).Told("c", ChangePhase.RollingBack, byAgent: true).Told("c", ChangePhase.NeedsHuman, "UNDO_FAILED", byAgent: true);
        story.Reports(Health.Unhealthy, changed ? target : before);

        story.Apply("d", Sample.Layer("v2", Sample.Two), Sample.Two);
        story.Told("d", ChangePhase.Admitted);

        Assert.Equal(changed ? target : before, story.State.Anchor);
        Assert.Equal(changed ? 2 : 1, story.State.RestorePoints.Length);
        Assert.Null(story.State.Stuck);
    }

    [Fact]
    public void A_rollback_that_ends_after_nobody_waited_any_more_is_taken_for_what_it_is()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Succeed("c");
        story.RollBack("back");
        story.Told("back", ChangePhase.Admitted).After(story.Options.RollbackWithin).Look();
        Assert.Equal(ChangePhase.NeedsHuman, story.Phase);

        story.Told("back", ChangePhase.RolledBack);

        Assert.Empty(story.State.Anchor!.Hotfixes);
        Assert.Null(story.State.Stuck);
        Assert.Single(story.Terminal("back"));
        Assert.Equal("install", story.State.RestorePoints[^1].Change);
    }

    private static Story Stuck()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("oneway", "3.0.2", reversible: false));
        story.Told("c", ChangePhase.Admitted).Told("c", ChangePhase.Applied).Told("c", ChangePhase.Verified).After(Within).Look();
        Assert.Equal(ChangePhase.NeedsHuman, story.Phase);
        Assert.Empty(story.State.Anchor!.Hotfixes);
        return story;
    }
}
