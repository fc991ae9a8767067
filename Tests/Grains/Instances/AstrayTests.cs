using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Tests.Instances;

/// <summary>A device that was cut off runs a change that the engine called off meanwhile: in the end both agree.</summary>
public sealed class AstrayTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(15);

    [Fact]
    public void Late_Verified_after_EXPIRED_ends_with_the_device_rolled_back_and_a_new_change_can_be_applied()
    {
        var story = Expired();
        story.Answer("c", DirectiveKind.RollBack, accepted: false, "NO_RESTORE_POINT");

        story.Told("c", ChangePhase.Applied).Told("c", ChangePhase.Verified);

        var order = story.Directives.Last();
        Assert.Equal(("web:c:ROLL_BACK:2", "c", "c-back"), (order.Id, order.Undoes, order.Change));
        Assert.Equal(ChangeAnswerKind.Busy, story.Apply("d", Sample.Hotfix("fix", "3.0.2")).Kind);

        story.AnswersLast(accepted: true).Told("c-back", ChangePhase.RollingBack).Told("c-back", ChangePhase.RolledBack).Told("c", ChangePhase.RolledBack);
        Assert.Equal(ChangePhase.Expired, story.State.Find("c")!.Phase);
        Assert.Single(story.Terminal("c"));
        Assert.Contains("edge-1/web:c:reconciled", story.Audit);

        Assert.Equal(ChangeAnswerKind.Accepted, story.Apply("d", Sample.Hotfix("fix", "3.0.2")).Kind);
        story.Succeed("d");
        Assert.Equal(ChangePhase.Committed, story.Phase);
    }

    [Fact]
    public void The_word_that_a_change_was_called_off_waits_for_days()
    {
        var story = Expired();

        Assert.Equal(story.Now + story.Options.CommitWithin, story.Directives.Last().StartBefore);
        story.After(story.Options.RollbackWithin).Look();
        Assert.Null(story.State.Lease);
    }

    [Fact]
    public void While_that_word_still_waits_for_the_device_it_is_not_given_twice()
    {
        var story = Expired();
        var told = story.Directives.Count();
        story.After(TimeSpan.FromHours(1)).Look().Told("c", ChangePhase.Applied).Told("c", ChangePhase.Verified);

        Assert.Equal(told, story.Directives.Count());
        Assert.Equal("c", story.State.Lease!.Holder);

        story.AnswersLast(accepted: true).Told("c-back", ChangePhase.RolledBack);
        Assert.Null(story.State.Lease);
    }

    [Fact]
    public void When_the_device_comes_after_those_days_it_is_told_anew()
    {
        var story = Expired();

        story.After(story.Options.CommitWithin).Look().Told("c", ChangePhase.Applied);

        Assert.Equal("web:c:ROLL_BACK:2", story.Directives.Last().Id);
    }

    [Fact]
    public void A_busy_device_is_asked_again_when_the_lease_is_over()
    {
        var story = Expired();
        story.Told("c", ChangePhase.Applied).AnswersLast(accepted: false, "BUSY");
        Assert.Equal("c", story.State.Lease!.Holder);

        story.After(story.Options.RollbackWithin).Look();

        Assert.Equal("web:c:ROLL_BACK:2", story.Directives.Last().Id);
    }

    [Fact]
    public void A_device_that_can_not_go_back_is_not_asked_for_ever()
    {
        var story = Expired();
        story.Told("c", ChangePhase.Applied).AnswersLast(accepted: false, "NO_RESTORE_POINT");
        var told = story.Directives.Count();

        story.After(TimeSpan.FromHours(1)).Look();

        Assert.Equal(told, story.Directives.Count());
        Assert.Contains("edge-1/web:c:unreconciled", story.Audit);
        Assert.Null(story.State.Lease);
    }

    [Fact]
    public void Late_word_of_a_cancelled_change_takes_it_back_too()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.RollBack("r");
        story.After(story.Options.CommitWithin).Look();

        story.Told("c", ChangePhase.Verified).Told("r", ChangePhase.RolledBack);

        Assert.Equal((ChangePhase.Cancelled, Astray.Reconciled), (story.State.Find("c")!.Phase, story.State.Find("c")!.Astray));
        Assert.Single(story.Terminal("c"));
    }

    private static Story Expired()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Answer("c", DirectiveKind.Apply, accepted: true).After(Within).Look();
        Assert.Equal(ChangePhase.Expired, story.Phase);
        return story;
    }
}
