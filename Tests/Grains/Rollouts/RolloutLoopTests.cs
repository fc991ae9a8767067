using Fleet.Applications;
using Fleet.Audit;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Tests.Grains;

/// <summary>Rollouts through real grains, with devices that do as agents do.</summary>
public sealed class RolloutLoopTests
{
    [Fact]
    public async Task A_good_patch_goes_to_all_in_waves_and_each_passes()
    {
        await using var fleet = await FleetWorld.Start(8);

        var answer = await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        Assert.Equal(RolloutAnswerKind.Accepted, answer.Kind);
        Assert.Equal([1, 3, 4], answer.Rollout!.Waves.Select(w => w.Size));
        var done = await fleet.Until("r1", RolloutPhase.Succeeded);

        Assert.Equal(8, done.Counts.Verified);
        Assert.All(done.Waves, w => Assert.Equal(Verdict.Pass, w.Verdict));
        Assert.Equal(string.Join(' ', Enumerable.Repeat("1.0+fix", 8)), await fleet.Versions());
        Assert.All(fleet.Devices, d => Assert.All(d.Begun.Values, count => Assert.Equal(1, count)));
        var audit = await fleet.Audit("rollout:r1");
        Assert.Equal(["rollout.requested", "rollout.wave-opened", "rollout.wave-judged", "rollout.wave-opened", "rollout.wave-judged", "rollout.wave-opened", "rollout.wave-judged", "rollout.ended"], audit.Select(a => a.Action));
        Assert.Single(audit, a => a.Terminal);
    }

    [Fact]
    public async Task A_bad_patch_fails_in_its_first_wave_and_never_reaches_the_others()
    {
        await using var fleet = await FleetWorld.Start(8);
        foreach (var device in fleet.Devices) device.BadPatches.Add("v2");

        await fleet.Rollout("r1").Create(FleetWorld.Spec("v2"), "ada");
        var done = await fleet.Until("r1", RolloutPhase.RolledBack);

        Assert.Equal((1, 7, "FAILURES"), (done.Counts.RolledBack, done.Counts.Untouched, done.Reason));
        Assert.Equal(string.Join(' ', Enumerable.Repeat("1.0", 8)), await fleet.Versions());
        Assert.Equal(1, fleet.Devices.Count(d => d.Begun.ContainsKey("r1.1")));
        Assert.True((await fleet.Cluster.Grains.Image(Sample.Image).Patch("v2"))!.Quarantined);
        Assert.Equal("PATCH_QUARANTINED", (await fleet.Rollout("r2").Create(FleetWorld.Spec("v2"), "ada")).Reason);
        Assert.Null(await fleet.Rollout("r2").Show());
        Assert.Single(await fleet.Audit("rollout:r1"), a => a.Terminal);
    }

    [Fact]
    public async Task What_fails_in_a_later_wave_takes_all_of_it_back()
    {
        await using var fleet = await FleetWorld.Start(8);
        var order = (await fleet.Cluster.Grains.Planner("web").Plan("r1", FleetWorld.Spec("v2"))).Targets;
        fleet.Devices.Single(d => d.Id.Equals(order[2].Instance)).BadPatches.Add("v2");

        await fleet.Rollout("r1").Create(FleetWorld.Spec("v2"), "ada");
        var done = await fleet.Until("r1", RolloutPhase.RolledBack);

        Assert.Equal(4, done.Counts.RolledBack);
        Assert.Equal(4, done.Counts.Untouched);
        Assert.NotNull(done.RollbackTook);
        Assert.Equal(string.Join(' ', Enumerable.Repeat("1.0", 8)), await fleet.Versions());
    }

    [Fact]
    public async Task Nothing_is_dispatched_later_than_two_seconds_after_a_pause_and_it_goes_on_when_resumed()
    {
        await using var fleet = await FleetWorld.Start(8);
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        await fleet.Until("r1", view => view.Wave == 2);

        var paused = await fleet.Rollout("r1").Control(new(RolloutVerb.Pause, "ada"));
        Assert.Equal((RolloutAnswerKind.Accepted, RolloutPhase.Paused), (paused.Kind, paused.Rollout!.Phase));
        await fleet.Pass(TimeSpan.FromMinutes(1));
        var held = (await fleet.Rollout("r1").Show())!;
        Assert.Equal(RolloutPhase.Paused, held.Phase);
        Assert.True(held.LastDispatch <= held.HeldSince + TimeSpan.FromSeconds(2));
        Assert.Equal(RolloutAnswerKind.Accepted, (await fleet.Rollout("r1").Control(new(RolloutVerb.Pause, "ada"))).Kind);

        await fleet.Rollout("r1").Control(new(RolloutVerb.Resume, "ada"));
        await fleet.Until("r1", RolloutPhase.Succeeded);
        Assert.Equal(string.Join(' ', Enumerable.Repeat("1.0+fix", 8)), await fleet.Versions());
    }

    [Fact]
    public async Task A_dispatch_that_nobody_answered_counts_as_not_begun_only_when_its_permit_is_over()
    {
        await using var fleet = await FleetWorld.Start(1);
        fleet.Storage.Fail("instance");
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        // In the very step in which it was decided: one later, the shard may have asked again, with another permit.
        await fleet.Until(async () => await State() == TargetState.Dispatched);
        await fleet.Rollout("r1").Control(new(RolloutVerb.Stop, "ada", "enough"));

        await fleet.Pass(Permit.Life - TimeSpan.FromMilliseconds(500));
        Assert.Equal(TargetState.Dispatched, await State());

        var stopped = await fleet.Until("r1", RolloutPhase.Stopped, TimeSpan.FromSeconds(5));
        Assert.Equal(1, stopped.Counts.Untouched);
        Assert.Equal("1.0", await fleet.Versions());

        async Task<TargetState?> State() => (await fleet.Rollout("r1").Targets(0, 10, TargetState.Unspecified)).Targets.SingleOrDefault()?.State;
    }

    [Fact]
    public async Task A_stop_keeps_what_is_verified_and_a_later_rollback_takes_it_back()
    {
        await using var fleet = await FleetWorld.Start(8);
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        await fleet.Until("r1", view => view.Wave == 2 && view.Counts.Verified >= 1);

        await fleet.Rollout("r1").Control(new(RolloutVerb.Stop, "ada", "enough"));
        var stopped = await fleet.Until("r1", RolloutPhase.Stopped);
        Assert.True(stopped.Counts is { Verified: >= 1, Dispatched: 0, Pending: 0 });
        Assert.Equal(8, stopped.Counts.Verified + stopped.Counts.Untouched);
        Assert.Equal("ROLLOUT_ENDED", (await fleet.Rollout("r1").Control(new(RolloutVerb.Resume, "ada"))).Reason);

        await fleet.Rollout("r1").Control(new(RolloutVerb.RollBack, "ada"));
        var back = await fleet.Until("r1", RolloutPhase.RolledBack);
        Assert.Equal(0, back.Counts.Verified);
        Assert.Equal(string.Join(' ', Enumerable.Repeat("1.0", 8)), await fleet.Versions());
        Assert.Equal(["r1", "r1-back"], (await fleet.Audit("rollout:r1")).Where(a => a.Terminal).Select(a => a.Change));
    }

    [Fact]
    public async Task A_kill_takes_back_what_is_in_flight()
    {
        await using var fleet = await FleetWorld.Start(4);
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { Canary = false, Waves = [100] }, "ada");
        foreach (var device in fleet.Devices.Take(2)) device.Offline = true;
        await fleet.Until("r1", view => view.Counts is { Verified: 2, Dispatched: 2 });

        await fleet.Rollout("r1").Control(new(RolloutVerb.Kill, "ada"));
        foreach (var device in fleet.Devices.Take(2)) device.Offline = false;
        var stopped = await fleet.Until("r1", RolloutPhase.Stopped);

        Assert.Equal((2, 2), (stopped.Counts.Verified, stopped.Counts.RolledBack));
        Assert.Equal("1.0 1.0 1.0+fix 1.0+fix", await fleet.Versions());
    }

    [Fact]
    public async Task Who_is_offline_holds_its_wave_for_a_while_and_catches_up_later()
    {
        await using var fleet = await FleetWorld.Start(4);
        var last = (await fleet.Cluster.Grains.Planner("web").Plan("r1", FleetWorld.Spec("fix"))).Targets[3].Instance;
        var away = fleet.Devices.Single(d => d.Id.Equals(last));
        away.Offline = true;
        await fleet.Pass(TimeSpan.FromSeconds(40));

        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        var done = await fleet.Until("r1", RolloutPhase.Succeeded);
        Assert.Equal((3, 1), (done.Counts.Verified, done.Counts.Offline));

        away.Offline = false;
        await away.Connect();
        var whole = await fleet.Until("r1", view => view.Counts.Verified == 4);
        Assert.Equal(RolloutPhase.Succeeded, whole.Phase);
        Assert.Equal("1.0+fix 1.0+fix 1.0+fix 1.0+fix", await fleet.Versions());
        Assert.Single(await fleet.Audit("rollout:r1"), a => a.Terminal);
    }

    [Fact]
    public async Task A_device_that_goes_away_before_it_took_the_change_is_offline_after_its_grace_and_catches_up()
    {
        await using var fleet = await FleetWorld.Start(3);
        var away = fleet.Devices[1];
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { Canary = false, Waves = [100] }, "ada");
        away.Offline = true;
        await fleet.Until("r1", view => view.Counts is { Verified: 2, Dispatched: 1 });

        await away.Disconnect();
        var done = await fleet.Until("r1", RolloutPhase.Succeeded, TimeSpan.FromMinutes(1));
        Assert.Equal(1, done.Counts.Offline);

        away.Offline = false;
        await away.Connect();
        await fleet.Until("r1", view => view.Counts.Verified == 3);
        Assert.Equal("1.0+fix 1.0+fix 1.0+fix", await fleet.Versions());
        Assert.DoesNotContain("r1.1", away.Begun.Keys);
    }

    [Fact]
    public async Task An_engine_that_has_just_started_takes_no_device_for_away_before_one_cycle_of_reports()
    {
        await using var fleet = await FleetWorld.Start(2);
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { Canary = false, Waves = [100] }, "ada");
        fleet.Devices[1].Offline = true;
        await fleet.Until("r1", view => view.Counts is { Verified: 1, Dispatched: 1 });
        await fleet.Pass(FleetWorld.Spec("fix").OfflineGrace - TimeSpan.FromSeconds(3));

        await fleet.Restart();
        await fleet.Pass(Reporting.Interval - TimeSpan.FromSeconds(1));
        var targets = (await fleet.Rollout("r1").Targets(0, 10, TargetState.Unspecified)).Targets;
        Assert.Equal([TargetState.Dispatched, TargetState.Verified], targets.Select(t => t.State).Order());

        await fleet.Until("r1", view => view.Counts.Offline == 1);
    }

    [Fact]
    public async Task Nothing_is_dispatched_to_a_device_without_a_session_though_it_reported_just_now()
    {
        await using var fleet = await FleetWorld.Start(2);
        await fleet.Devices[0].Disconnect();
        fleet.Devices[0].Offline = true;

        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { Canary = false, Waves = [100] }, "ada");
        var done = await fleet.Until("r1", RolloutPhase.Succeeded, TimeSpan.FromMinutes(1));

        Assert.Equal((1, 1), (done.Counts.Verified, done.Counts.Offline));
        Assert.Equal("install", (await fleet.Cluster.Grains.Instance(fleet.Devices[0].Id).Show()).Change!.Id);
    }

    [Fact]
    public async Task A_freeze_holds_where_its_labels_fit_and_the_rollout_says_so()
    {
        await using var fleet = await FleetWorld.Start(4);
        foreach (var device in fleet.Devices.Take(2)) await fleet.Cluster.Grains.Instance(device.Id).Label(Labels.Of([new("ring", "vip")]), "ada");
        await Freeze(fleet, "sale", Labels.Of([new("ring", "vip")]));

        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { Canary = false, Waves = [100] }, "ada");
        var waits = await fleet.Until("r1", view => view.Counts is { Verified: 2, Waiting: 2 });
        Assert.Contains("freeze 'sale' holds", waits.Detail, StringComparison.Ordinal);
        await fleet.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal("1.0 1.0 1.0+fix 1.0+fix", await fleet.Versions());

        await fleet.Cluster.Grains.Scheduler().Lift("sale", "ada", "");
        await fleet.Until("r1", RolloutPhase.Succeeded);
    }

    [Fact]
    public async Task No_more_than_the_budget_are_out_of_service_at_once()
    {
        await using var fleet = await FleetWorld.Start(4);
        foreach (var device in fleet.Devices) await fleet.Cluster.Grains.Instance(device.Id).Label(Labels.Of([new("app", "shop")]), "ada");
        var shop = fleet.Cluster.Grains.Application("shop");
        await shop.SetBudget(1, "ada", "");

        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { Canary = false, Waves = [100] }, "ada");
        var most = 0;
        await fleet.Until(async () =>
        {
            var view = (await fleet.Rollout("r1").Show())!;
            most = Math.Max(most, view.Counts.Dispatched);
            Assert.True((await shop.Budget()).Out.Length <= 1);
            return view.Phase == RolloutPhase.Succeeded;
        });
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task The_engine_may_be_killed_in_mid_wave_and_each_change_is_begun_once()
    {
        await using var fleet = await FleetWorld.Start(6);
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        await fleet.Until("r1", view => view.Wave == 2 && view.Counts.Dispatched > 0);

        await fleet.Restart();
        await fleet.Until("r1", RolloutPhase.Succeeded);

        Assert.Equal(string.Join(' ', Enumerable.Repeat("1.0+fix", 6)), await fleet.Versions());
        Assert.All(fleet.Devices, d => Assert.All(d.Begun.Values, count => Assert.Equal(1, count)));
        Assert.Single(await fleet.Audit("rollout:r1"), a => a.Terminal);
    }

    [Fact]
    public async Task Of_two_rollouts_for_one_instance_the_second_waits_and_says_for_what()
    {
        await using var fleet = await FleetWorld.Start(2);
        foreach (var device in fleet.Devices) device.Offline = true;
        var all = FleetWorld.Spec("fix") with { Canary = false, Waves = [100], WaveBake = TimeSpan.Zero };
        await fleet.Rollout("r1").Create(all, "ada");
        await fleet.Until("r1", view => view.Counts.Dispatched == 2);
        await fleet.Rollout("r2").Create(all with { Patch = "v2" }, "ada");

        var waits = await fleet.Until("r2", view => view.Counts.Waiting == 2, TimeSpan.FromSeconds(20));
        Assert.Contains("change 'r1.1' (REQUESTED) holds the instance", (await fleet.Rollout("r2").Targets(0, 10, TargetState.Waiting)).Targets[0].Reason, StringComparison.Ordinal);
        Assert.Equal(RolloutPhase.Waiting, waits.Phase);

        foreach (var device in fleet.Devices) device.Offline = false;
        await fleet.Until("r1", RolloutPhase.Succeeded);
        await fleet.Until("r2", RolloutPhase.Succeeded);
        Assert.Equal("2.0 2.0", await fleet.Versions());
    }

    [Fact]
    public async Task An_unhealthy_canary_is_judged_bad_though_its_change_was_verified()
    {
        await using var fleet = await FleetWorld.Start(4);
        var canary = (await fleet.Cluster.Grains.Planner("web").Plan("r1", FleetWorld.Spec("fix"))).Targets[0].Instance;
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { WaveBake = TimeSpan.FromSeconds(20) }, "ada");
        await fleet.Until("r1", RolloutPhase.Baking);

        fleet.Devices.Single(d => d.Id.Equals(canary)).Health = Health.Unhealthy;
        var done = await fleet.Until("r1", RolloutPhase.RolledBack);

        Assert.Equal(("JUDGED_BAD", Verdict.Fail), (done.Reason, done.Waves[0].Verdict));
        Assert.Equal("1.0 1.0 1.0 1.0", await fleet.Versions());
    }

    [Fact]
    public async Task Silence_is_inconclusive_and_pauses_the_rollout()
    {
        await using var fleet = await FleetWorld.Start(4);
        var canary = (await fleet.Cluster.Grains.Planner("web").Plan("r1", FleetWorld.Spec("fix"))).Targets[0].Instance;
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix") with { WaveBake = TimeSpan.FromSeconds(40) }, "ada");
        await fleet.Until("r1", RolloutPhase.Baking);

        fleet.Devices.Single(d => d.Id.Equals(canary)).Offline = true;
        var paused = await fleet.Until("r1", RolloutPhase.Paused, TimeSpan.FromMinutes(5));

        Assert.Equal(("INCONCLUSIVE", Verdict.Inconclusive), (paused.Reason, paused.Waves[0].Verdict));
        Assert.False((await fleet.Cluster.Grains.Image(Sample.Image).Patch("fix"))!.Quarantined);
    }

    [Fact]
    public async Task A_device_that_went_away_just_now_is_no_canary_though_it_reported_that_it_is_well()
    {
        await using var fleet = await FleetWorld.Start(4);
        async Task<InstanceId> Canary() => (await fleet.Cluster.Grains.Planner("web").Plan("r1", FleetWorld.Spec("fix"))).Targets.Single(t => t.Wave == 1).Instance;
        var canary = await Canary();

        await fleet.Devices.Single(d => d.Id == canary).Disconnect();

        Assert.NotEqual(canary, await Canary());
    }

    [Fact]
    public async Task A_plan_changes_nothing_and_gives_each_instance_its_reason()
    {
        await using var fleet = await FleetWorld.Start(3);
        await fleet.Cluster.Grains.Instance(fleet.Devices[0].Id).Label(Labels.Of([new("ring", "vip")]), "ada");

        var plan = await fleet.Cluster.Grains.Planner("web").Plan("any", FleetWorld.Spec("fix") with { Selector = new() { Labels = Labels.Of([new("ring", "vip")]) } });

        Assert.Equal((1, ""), (plan.Waves.Single().Size, plan.Refusal));
        Assert.Equal(["runs 1.0, ring=vip", "has no label ring", "has no label ring"], plan.Targets.Select(t => t.Reason));
        var nobody = await fleet.Cluster.Grains.Planner("web").Plan("any", FleetWorld.Spec("fix") with { Selector = new() { Versions = ["9.9"] } });
        Assert.Equal("NO_TARGETS", nobody.Refusal);
        Assert.Contains("runs version 1.0, not 9.9", nobody.RefusalDetail, StringComparison.Ordinal);
        Assert.Null(await fleet.Rollout("any").Show());
    }

    private static Task<FreezeAnswer> Freeze(FleetWorld fleet, string id, Labels labels) => fleet.Cluster.Grains.Scheduler().Freeze(new FreezeView
    {
        Id = id,
        Labels = labels,
        By = "ada",
        Since = fleet.Time.GetUtcNow(),
        Until = fleet.Time.GetUtcNow().AddHours(1),
    });
}
