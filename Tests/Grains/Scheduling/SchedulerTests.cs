using Fleet.Instances;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Tests.Scheduling;

/// <summary>What may start now.</summary>
public sealed class SchedulerTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;

    [Fact]
    public void Nothing_starts_before_the_engine_has_seen_one_reporting_cycle()
    {
        var state = Scheduler.Admit(new(), Ask("r"));

        Assert.Equal(PermitOutcome.Starting, Permit(state, "r", warm: Noon.AddSeconds(1)).Outcome);
        Assert.True(Permit(state, "r", warm: Noon).Granted);
    }

    [Fact]
    public void Who_is_not_admitted_or_is_held_gets_no_permit_until_admitted_again()
    {
        var state = Scheduler.Admit(new(), Ask("r"));
        Assert.Equal(PermitOutcome.NotAdmitted, Permit(new(), "r").Outcome);

        var held = Scheduler.Hold(state, "r");
        Assert.Equal(PermitOutcome.Held, Permit(held, "r").Outcome);
        Assert.True(Permit(Scheduler.Admit(held, Ask("r")), "r").Granted);
        Assert.Equal(PermitOutcome.NotAdmitted, Permit(Scheduler.Leave(state, "r"), "r").Outcome);
    }

    [Fact]
    public void A_freeze_of_the_fleet_holds_every_lane_and_one_with_labels_holds_where_they_fit()
    {
        var state = Scheduler.Admit(Scheduler.Admit(new(), Ask("r")), Ask("e", Lane.Emergency));
        var (all, answer) = Scheduler.Freeze(state, Freeze("all"), Noon);
        Assert.Equal("all", answer.Freeze!.Id);
        Assert.Equal(PermitOutcome.Frozen, Permit(all.State, "r").Outcome);
        Assert.Equal(PermitOutcome.Frozen, Permit(all.State, "e").Outcome);

        var (some, _) = Scheduler.Freeze(state, Freeze("some", ("ring", "vip")), Noon);
        Assert.True(Permit(some.State, "r").Freezes.Single().Fits(Labels.Of([new("ring", "vip"), new("app", "shop")])));
        Assert.False(Permit(some.State, "r").Freezes.Single().Fits(Labels.Of([new("app", "shop")])));
        Assert.Empty(Permit(some.State, "e").Freezes);
    }

    [Fact]
    public void A_freeze_ends_when_it_is_lifted_or_its_time_is_over()
    {
        var state = Scheduler.Admit(new(), Ask("r"));
        var (frozen, _) = Scheduler.Freeze(state, Freeze("all"), Noon);

        var (lifted, view) = Scheduler.Lift(frozen.State, "all", "bob", "over", Noon.AddMinutes(1));
        Assert.Equal((Noon.AddMinutes(1), "bob"), (view!.Lifted, view.LiftedBy));
        Assert.True(Permit(lifted.State, "r", now: Noon.AddMinutes(1)).Granted);
        Assert.Empty(Scheduler.Lift(lifted.State, "all", "bob", "again", Noon.AddMinutes(2)).Decision.Effects);
        Assert.True(Permit(frozen.State, "r", now: Noon.AddHours(1)).Granted);
        Assert.Null(Scheduler.Lift(state, "other", "bob", "", Noon).Freeze);
    }

    [Fact]
    public void The_same_freeze_again_is_the_same_and_another_content_is_refused()
    {
        var (frozen, _) = Scheduler.Freeze(new(), Freeze("all"), Noon);

        Assert.Same(frozen.State, Scheduler.Freeze(frozen.State, Freeze("all"), Noon.AddMinutes(1)).Decision.State);
        var later = Freeze("all") with { Since = Noon.AddMinutes(1), Until = Noon.AddMinutes(61) };
        Assert.Same(frozen.State, Scheduler.Freeze(frozen.State, later, Noon.AddMinutes(1)).Decision.State);
        Assert.Equal("FREEZE_EXISTS", Scheduler.Freeze(frozen.State, Freeze("all", ("ring", "vip")), Noon).Answer.Reason);
        Assert.Equal("FREEZE_EXISTS", Scheduler.Freeze(frozen.State, later with { Until = Noon.AddHours(9) }, Noon.AddMinutes(1)).Answer.Reason);
    }

    [Fact]
    public void So_many_ordinary_rollouts_run_at_once_by_priority_and_age_and_the_emergency_lane_does_not_wait()
    {
        var state = new SchedulerState();
        state = Scheduler.Admit(state, Ask("old"));
        state = Scheduler.Admit(state, Ask("urgent", priority: 5, at: Noon.AddMinutes(1)));
        state = Scheduler.Admit(state, Ask("emergency", Lane.Emergency, at: Noon.AddMinutes(2)));

        Assert.Equal([PermitOutcome.Granted, PermitOutcome.Queued, PermitOutcome.Granted], ((string[])["urgent", "old", "emergency"]).Select(r => Permit(state, r, most: 1).Outcome));
        Assert.True(Permit(Scheduler.Hold(state, "urgent"), "old", most: 1).Granted);
    }

    private static Permit Permit(SchedulerState state, string rollout, DateTimeOffset? warm = null, int most = 16, DateTimeOffset? now = null) =>
        Scheduler.Permit(state, rollout, warm ?? Noon, most, now ?? Noon);

    private static Applicant Ask(string rollout, Lane lane = Lane.Ordinary, int priority = 0, DateTimeOffset? at = null) => new(rollout, lane, priority, at ?? Noon);

    private static FreezeView Freeze(string id, params (string Key, string Value)[] labels) => new()
    {
        Id = id,
        Labels = Labels.Of(labels.Select(l => KeyValuePair.Create(l.Key, l.Value))),
        By = "ada",
        Since = Noon,
        Until = Noon.AddHours(1),
    };
}
