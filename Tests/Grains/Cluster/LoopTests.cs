using Fleet.Audit;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Scheduling;

namespace Fleet.Tests.Grains;

/// <summary>The loop through real grains, with crashes, repetitions and a storage that fails.</summary>
public sealed class LoopTests
{
    [Fact]
    public async Task A_change_goes_through_the_grains_to_its_end()
    {
        await using var world = await World.Installed();

        Assert.Equal(ChangeAnswerKind.Accepted, (await world.Apply("c", "fix")).Kind);
        var order = await world.Device.Next();
        Assert.Equal((DirectiveKind.Apply, "web:c:APPLY"), (order.Kind, order.Id));
        await world.Instance.Answer(new DirectiveAnswer(order.Id, true, "", ""));
        await world.Succeed("c");

        var view = await world.Instance.Show();
        Assert.Equal(ChangePhase.Committed, view.Change!.Phase);
        Assert.Equal(order.Expected, view.Desired);
        Assert.Equal(["install", "c"], view.RestorePoints.Select(p => p.Change));
        Assert.Equal((DirectiveKind.Commit, "c"), (await world.Device.Next()) is var commit ? (commit.Kind, commit.Change) : default);

        var records = await world.Audit("edge-1/web");
        Assert.Equal(["install", "c"], records.Where(r => r.Entry.Terminal).Select(r => r.Entry.Change));
        Assert.True(AuditChain.Verify(await world.Cluster.Grains.AuditOf("edge-1/web").Read(1, 1000)).Valid);
    }

    [Fact]
    public async Task Killed_in_mid_change_the_engine_goes_on_where_it_was()
    {
        await using var world = await World.Installed();
        await world.Apply("c", "fix");
        await world.Told("c", ChangePhase.Applied);

        await world.Restart();

        var view = await world.Instance.Show();
        Assert.Equal((ChangePhase.Applied, Health.Unknown), (view.Change!.Phase, view.Health));
        await world.Connect("s2");
        await world.Told("c", ChangePhase.Verified);
        await world.Reports(Health.Healthy, view.Desired);
        Assert.Equal(ChangePhase.Committed, (await world.Instance.Show()).Change!.Phase);
        Assert.Single(await world.Audit("edge-1/web"), r => r.Entry is { Terminal: true, Change: "c" });
    }

    [Fact]
    public async Task A_directive_that_was_not_answered_is_delivered_again_after_a_restart()
    {
        await using var world = await World.Installed();
        await world.Apply("c", "fix");

        await world.Restart();

        Assert.Contains("web:c:APPLY", (await world.Connect("s2")).Pending.Select(d => d.Id));
        await world.Instance.Answer(new DirectiveAnswer("web:c:APPLY", true, "", ""));
        Assert.DoesNotContain("web:c:APPLY", (await world.Connect("s2")).Pending.Select(d => d.Id));
    }

    [Fact]
    public async Task A_deadline_passes_though_nobody_called_after_the_restart()
    {
        await using var world = await World.Installed();
        await world.Apply("c", "fix");
        await world.Restart();

        // The first wake-up makes the instance listen, for one cycle of reports; the second one acts.
        var deadline = Sample.Noon.AddMinutes(15);
        var listens = world.Storage.Written<DueState>(due => due.Entries.ContainsValue(deadline + Reporting.Interval));
        world.Time.Advance(TimeSpan.FromMinutes(15));
        await listens;
        var expires = world.Storage.Written<InstanceState>(state => state.Last!.Phase == ChangePhase.Expired);
        world.Time.Advance(Reporting.Interval);
        await expires;

        Assert.Equal(ChangePhase.Expired, (await world.Instance.Show()).Change!.Phase);
    }

    [Fact]
    public async Task Everything_told_twice_happens_once()
    {
        await using var world = await World.Installed();
        await world.Apply("c", "fix");
        await world.Apply("c", "fix");
        await world.Device.Next();

        foreach (var phase in (ChangePhase[])[ChangePhase.Admitted, ChangePhase.Applied, ChangePhase.Failed])
        {
            var told = world.Step("c", phase);
            await world.Instance.Progress(told);
            await world.Instance.Progress(told);
        }
        var rolled = world.Step("c", ChangePhase.RolledBack, byAgent: true, "PROBE_FAILED");
        await world.Instance.Progress(rolled);
        await world.Instance.Progress(rolled);

        Assert.Equal(0, world.Device.Waiting);
        Assert.Single(await world.Audit("edge-1/web"), r => r.Entry is { Terminal: true, Change: "c" });
        Assert.True((await world.Image.Patch("fix"))!.Quarantined);
        Assert.Equal("PATCH_QUARANTINED", (await world.Apply("d", "fix")).Reason);
    }

    [Fact]
    public async Task A_write_that_failed_changed_nothing_and_may_be_tried_again()
    {
        await using var world = await World.Installed();
        world.Storage.Fail("instance");

        await Assert.ThrowsAnyAsync<Exception>(() => world.Apply("c", "fix"));

        Assert.Equal("install", (await world.Instance.Show()).Change!.Id);
        Assert.Equal(0, world.Device.Waiting);
        Assert.Equal(ChangeAnswerKind.Accepted, (await world.Apply("c", "fix")).Kind);
        Assert.Equal("web:c:APPLY", (await world.Device.Next()).Id);
        Assert.Equal(0, world.Device.Waiting);
    }

    [Fact]
    public async Task A_write_that_landed_without_a_word_is_found_and_its_effects_are_sent()
    {
        await using var world = await World.Installed();
        world.Storage.Fail("instance", landed: true);
        await Assert.ThrowsAnyAsync<Exception>(() => world.Apply("c", "fix"));
        Assert.Equal("web:c:APPLY", (await world.Device.Next()).Id);

        var answer = await world.Apply("c", "fix");
        Assert.Equal((ChangeAnswerKind.Accepted, ChangePhase.Requested), (answer.Kind, answer.Change!.Phase));
        Assert.Equal(0, world.Device.Waiting);
        Assert.Single(await world.Audit("edge-1/web"), r => r.Entry.Id == "edge-1/web:c:requested");
    }

    [Fact]
    public async Task An_inventory_whose_write_failed_may_be_told_again()
    {
        await using var world = await World.Installed();
        foreach (var landed in (bool[])[false, true])
        {
            world.Storage.Fail("instance", landed: landed);
            await Assert.ThrowsAnyAsync<Exception>(() => world.Instance.Inventory([$"openssl {landed}"]));

            await world.Instance.Inventory([$"openssl {landed}"]);
            await world.Instance.Inventory(["zlib"]);

            Assert.Equal(["zlib"], (await world.Instance.Show()).Packages);
        }
    }

    [Fact]
    public async Task Effects_that_could_not_be_sent_are_sent_when_the_grain_is_woken_for_them()
    {
        await using var world = await World.Installed();
        world.Storage.Fail("resource", times: 100);

        Assert.Equal(ChangeAnswerKind.Accepted, (await world.Apply("c", "fix")).Kind);
        Assert.Equal(0, world.Device.Waiting);
        Assert.Single(await world.Audit("edge-1/web"), r => r.Entry.Id == "edge-1/web:c:requested");

        world.Storage.Heal();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("web:c:APPLY", (await world.Device.Next()).Id);
    }

    [Fact]
    public async Task A_directive_that_was_stored_without_a_word_is_delivered_when_it_is_sent_again()
    {
        await using var world = await World.Installed();
        world.Storage.Fail("resource", landed: true);

        Assert.Equal(ChangeAnswerKind.Accepted, (await world.Apply("c", "fix")).Kind);
        Assert.Equal(0, world.Device.Waiting);

        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("web:c:APPLY", (await world.Device.Next()).Id);
    }

    [Fact]
    public async Task A_crash_between_deciding_and_acting_loses_nothing_even_if_nobody_calls()
    {
        await using var world = await World.Installed();
        world.Storage.Fail("resource", times: 100);
        await world.Apply("c", "fix");

        await world.Restart();
        world.Storage.Heal();
        var arrives = world.Storage.Written<ResourceState>(state => state.Pending.Any(d => d.Id == "web:c:APPLY"));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await arrives;

        Assert.Contains("web:c:APPLY", (await world.Connect("s2")).Pending.Select(d => d.Id));
    }

    [Fact]
    public async Task A_rollback_goes_to_the_restore_point()
    {
        await using var world = await World.Installed();
        await world.Apply("c", "fix");
        await world.Succeed("c");
        await world.Device.Next();
        await world.Device.Next();

        var answer = await world.Instance.RollBack(new RollBack { Change = "r", By = "ada" });
        var order = await world.Device.Next();
        Assert.Equal((DirectiveKind.RollBack, "r", "c"), (order.Kind, order.Change, order.Undoes));
        Assert.Equal(ChangePhase.RollingBack, answer.Change!.Phase);

        await world.Told("r", ChangePhase.RolledBack);
        var view = await world.Instance.Show();
        Assert.Equal(ChangePhase.RolledBack, view.Change!.Phase);
        Assert.Empty(view.Desired!.Hotfixes);
        Assert.Equal(ChangePhase.RolledBack, (await world.Instance.Change("r"))!.Phase);
    }

    [Fact]
    public async Task Watchers_are_told_and_a_watcher_that_left_is_not()
    {
        await using var world = await World.Installed();
        var (stays, leaves) = (new Watcher(v => v.Change!.Phase == ChangePhase.Committed && v.Change.Id == "c"), new Watcher(_ => true));
        var (one, two) = (world.Cluster.Grains.CreateObjectReference<IInstanceWatcher>(stays), world.Cluster.Grains.CreateObjectReference<IInstanceWatcher>(leaves));
        await world.Instance.Watch(one);
        await world.Instance.Watch(two);
        await world.Instance.Unwatch(two);

        await world.Apply("c", "fix");
        await world.Succeed("c");

        Assert.Equal("c", (await stays.Seen).Change!.Id);
        Assert.False(leaves.Seen.IsCompleted);
    }

    [Fact]
    public async Task A_silent_device_is_not_connected_and_its_instance_unknown()
    {
        await using var world = await World.Installed();
        await world.Resource.Observe(new ResourceFacts { Instances = ["web"] });
        Assert.Equal((true, Health.Healthy), ((await world.Resource.Show()).Connected, (await world.Instance.Show()).Health));

        world.Time.Advance(Reporting.Silence + TimeSpan.FromSeconds(1));

        Assert.Equal((false, Health.Unknown), ((await world.Resource.Show()).Connected, (await world.Instance.Show()).Health));
    }
}
