using Fleet.Committing;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Tests.Instances;

/// <summary>The state diagram of one change, arrow by arrow.</summary>
public sealed class ChangeTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(15);

    [Fact]
    public void A_change_that_goes_well_is_committed_and_the_desired_manifest_moves()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        story.Succeed("c");

        Assert.Equal(ChangePhase.Committed, story.Phase);
        Assert.Equal("fix", Assert.Single(story.State.Anchor!.Hotfixes).Patch);
        Assert.Equal(story.State.Anchor, story.State.Desired);
        Assert.Equal(["install", "c"], story.State.RestorePoints.Select(p => p.Change));
        Assert.Null(story.State.Lease);
        Assert.Equal([DirectiveKind.Apply, DirectiveKind.Commit], story.Directives.Select(d => d.Kind));
        Assert.Single(story.Terminal("c"));
    }

    [Fact]
    public void Generations_rise_with_each_directive()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Succeed("c");
        story.RollBack("back");

        Assert.Equal([3, 4, 5], story.Directives.Select(d => d.Generation));
    }

    [Fact]
    public void It_is_recorded_before_it_is_ordered()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        Assert.IsType<Effect.Record>(story.Effects[0]);
        Assert.IsType<Effect.Send>(story.Effects[1]);
    }

    [Fact]
    public void The_devices_answer_admits_it()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        story.Answer("c", DirectiveKind.Apply, accepted: true);

        Assert.Equal(ChangePhase.Admitted, story.Phase);
        Assert.Contains(new Effect.Withdraw("edge-1", "web:c:APPLY"), story.Effects);
    }

    [Fact]
    public void What_the_device_refuses_is_rejected_and_the_lease_is_free()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        story.Answer("c", DirectiveKind.Apply, accepted: false, "NO_SPACE");

        Assert.Equal(ChangePhase.Rejected, story.Phase);
        Assert.Equal("NO_SPACE", story.Last.Reason);
        Assert.Null(story.State.Lease);
        Assert.Empty(story.State.Desired!.Hotfixes);
        Assert.Equal("agent:edge-1", Assert.Single(story.Terminal("c")).Actor);
    }

    [Theory]
    [InlineData(Health.Unknown)]
    [InlineData(Health.Unhealthy)]
    public void Verified_but_not_healthy_is_inconclusive(Health health)
    {
        var story = Verified();

        story.Reports(health, story.State.Desired);

        Assert.Equal(ChangePhase.Verified, story.Phase);
    }

    [Fact]
    public void Verified_but_running_something_else_is_inconclusive()
    {
        var story = Verified();

        story.Reports(Health.Healthy, story.State.Anchor);

        Assert.Equal(ChangePhase.Verified, story.Phase);
    }

    [Fact]
    public void A_healthy_report_from_before_it_was_applied_says_nothing()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Reports(Health.Healthy, story.State.Desired);

        story.After(TimeSpan.FromSeconds(1)).Told("c", ChangePhase.Verified);

        Assert.Equal(ChangePhase.Verified, story.Phase);
    }

    [Fact]
    public void A_report_that_is_too_old_is_no_answer_and_no_answer_is_not_healthy()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Applied).After(TimeSpan.FromSeconds(1)).Reports(Health.Healthy, story.State.Desired);

        story.After(Reporting.Silence + TimeSpan.FromSeconds(1)).Told("c", ChangePhase.Verified);

        Assert.Equal(ChangePhase.Verified, story.Phase);
    }

    [Fact]
    public void Inconclusive_until_the_deadline_is_rolled_back()
    {
        var story = Verified();

        story.After(Within).Look();

        Assert.Equal(ChangePhase.RollingBack, story.Phase);
        Assert.Equal("DEADLINE_PASSED", story.Last.Reason);
        Assert.Empty(story.State.Desired!.Hotfixes);
        var order = story.Directives.Last();
        Assert.Equal((DirectiveKind.RollBack, "c", "c-back"), (order.Kind, order.Undoes, order.Change));

        story.Told("c-back", ChangePhase.RolledBack);
        Assert.Equal(ChangePhase.RolledBack, story.Phase);
        Assert.DoesNotContain(story.Effects, e => e is Effect.Quarantine);
    }

    [Fact]
    public void A_deadline_before_anything_was_applied_expires_it_and_the_device_is_told_to_go_back()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Prepared);

        story.After(Within).Look();

        Assert.Equal(ChangePhase.Expired, story.Phase);
        Assert.Equal(DirectiveKind.RollBack, story.Directives.Last().Kind);
        Assert.Equal("c", story.State.Lease!.Holder);
    }

    [Fact]
    public void After_it_expired_the_lease_stays_until_the_device_let_go()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.After(Within).Look();

        Assert.Equal(ChangeAnswerKind.Busy, story.Apply("d", Sample.Hotfix("fix", "3.0.2")).Kind);
        story.Answer("c", DirectiveKind.RollBack, accepted: false, "UNKNOWN_CHANGE");
        Assert.Equal(ChangeAnswerKind.Accepted, story.Apply("d", Sample.Hotfix("fix", "3.0.2")).Kind);
    }

    [Fact]
    public void A_dead_holder_loses_the_lease_when_its_time_is_over()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.After(Within).Look();

        story.After(story.Options.RollbackWithin);

        Assert.Equal(ChangeAnswerKind.Accepted, story.Apply("d", Sample.Hotfix("fix", "3.0.2")).Kind);
        Assert.Equal("d", story.State.Lease!.Holder);
    }

    [Fact]
    public void A_rollback_that_does_not_end_by_its_deadline_needs_a_person()
    {
        var story = Verified();
        story.After(Within).Look();

        story.After(story.Options.RollbackWithin).Look();

        Assert.Equal(ChangePhase.NeedsHuman, story.Phase);
        Assert.Single(story.Terminal("c"));
        Assert.Null(story.State.Lease);
    }

    [Fact]
    public void A_rollback_that_the_device_refuses_needs_a_person()
    {
        var story = Verified();
        story.After(Within).Look();

        story.Answer("c", DirectiveKind.RollBack, accepted: false, "NO_RESTORE_POINT");

        Assert.Equal(ChangePhase.NeedsHuman, story.Phase);
    }

    [Fact]
    public void What_the_device_takes_back_alone_is_reconciled_and_its_patch_quarantined()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("bad", "3.0.2"));
        story.Told("c", ChangePhase.Applied).Told("c", ChangePhase.Failed, "PROBE_FAILED");

        story.Told("c", ChangePhase.RollingBack, byAgent: true).Told("c", ChangePhase.RolledBack, byAgent: true);

        Assert.Equal(ChangePhase.RolledBack, story.Phase);
        Assert.True(story.Last.ByAgent);
        Assert.Equal("PROBE_FAILED", story.Last.Reason);
        Assert.Empty(story.State.Desired!.Hotfixes);
        Assert.Equal("bad", Assert.Single(story.Effects.OfType<Effect.Quarantine>()).Patch);
        Assert.DoesNotContain(story.Directives, d => d.Kind == DirectiveKind.RollBack);
        Assert.Equal("agent:edge-1", Assert.Single(story.Terminal("c")).Actor);
    }

    [Fact]
    public void A_failed_change_that_the_device_leaves_alone_is_taken_back_by_the_engine()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("bad", "3.0.2"));
        story.Told("c", ChangePhase.Applied).Told("c", ChangePhase.Failed, "PROBE_FAILED");

        story.After(story.Options.FailedGrace).Look();

        Assert.Equal(ChangePhase.RollingBack, story.Phase);
        Assert.Equal(DirectiveKind.RollBack, story.Directives.Last().Kind);
    }

    [Theory]
    [InlineData(ChangePhase.Verified)]
    [InlineData(ChangePhase.Failed)]
    public void What_is_not_reversible_is_left_to_a_person(ChangePhase phase)
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("oneway", "3.0.2", reversible: false));
        story.Told("c", ChangePhase.Applied).Told("c", phase);

        story.After(Within).Look();

        Assert.Equal(ChangePhase.NeedsHuman, story.Phase);
        Assert.DoesNotContain(story.Directives, d => d.Kind == DirectiveKind.RollBack);
    }

    [Fact]
    public void A_person_may_take_back_what_is_not_reversible()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("oneway", "3.0.2", reversible: false));
        story.Told("c", ChangePhase.Applied).After(Within).Look();

        Assert.Equal(ChangeAnswerKind.Accepted, story.RollBack("r").Kind);
        Assert.Equal(("c", DirectiveKind.RollBack), (story.Directives.Last().Undoes, story.Directives.Last().Kind));

        story.Told("r", ChangePhase.RolledBack);
        Assert.Equal(ChangePhase.RolledBack, story.Phase);
        Assert.Equal(["install"], story.State.RestorePoints.Select(p => p.Change));
    }

    [Fact]
    public void An_engine_that_has_just_started_waits_for_one_cycle_of_reports_before_it_acts()
    {
        var story = Verified();
        story.After(Within).Restarted();

        story.After(Reporting.Interval - TimeSpan.FromSeconds(1)).Look();
        Assert.Equal(ChangePhase.Verified, story.Phase);
        Assert.Equal(story.Now + TimeSpan.FromSeconds(1), Instance.Deadline(story.State, story.Sight));

        story.Reports(Health.Healthy, story.State.Desired);
        Assert.Equal(ChangePhase.Committed, story.Phase);
    }

    [Fact]
    public void A_repeated_step_changes_nothing()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Applied, step: 3);
        var before = story.State;

        story.Told("c", ChangePhase.Applied, step: 3);

        Assert.Same(before, story.State);
    }

    [Fact]
    public void A_step_that_was_overtaken_moves_nothing_but_is_noted_in_its_place()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Applied, step: 3);

        story.Told("c", ChangePhase.Prepared, step: 2);

        Assert.Equal(ChangePhase.Applied, story.Phase);
        Assert.Equal([ChangePhase.Requested, ChangePhase.Prepared, ChangePhase.Applied], story.Last.History.Select(h => h.Phase));
    }

    [Fact]
    public void Progress_of_a_change_that_nobody_ordered_is_recorded_and_ignored()
    {
        var story = Story.Installed();
        var before = story.State;

        story.Told("ghost", ChangePhase.Applied);

        Assert.Equal(before with { Unordered = 1 }, story.State);
        Assert.Equal("edge-1/web:ghost:unordered:1", Assert.Single(story.Audit));
    }

    [Fact]
    public void A_device_that_reports_what_nobody_ordered_does_not_fill_the_audit()
    {
        var story = Story.Installed();

        for (var i = 0; i < 100; i++) story.Told($"ghost-{i}", ChangePhase.Applied);

        Assert.Equal(InstanceState.MostUnordered, story.Audit.Count());
    }

    [Fact]
    public void A_committed_change_that_the_device_took_back_alone_is_reconciled_by_a_change_of_its_own()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("bad", "3.0.2"));
        story.Succeed("c");

        story.Told("c", ChangePhase.RolledBack, "PROBE_FAILED", byAgent: true);

        Assert.Equal(ChangePhase.Committed, story.State.Find("c")!.Phase);
        Assert.Equal(("c-by-agent", ChangePhase.RolledBack, "c"), (story.Last.Id, story.Last.Phase, story.Last.Undoes));
        Assert.Empty(story.State.Desired!.Hotfixes);
        Assert.Equal(["install"], story.State.RestorePoints.Select(p => p.Change));
        Assert.Single(story.Effects.OfType<Effect.Quarantine>());
        Assert.Single(story.Terminal("c"));
        Assert.Single(story.Terminal("c-by-agent"));
    }

    private static Story Verified()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.After(TimeSpan.FromSeconds(1)).Told("c", ChangePhase.Applied).Told("c", ChangePhase.Verified).After(TimeSpan.FromSeconds(1));
        Assert.Equal(ChangePhase.Verified, story.Phase);
        return story;
    }
}
