using Fleet.Engine.Storage;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;
using Fleet.Tests.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Fleet.Tests.Scheduling;

public sealed class SchedulerGrainTests
{
    [Fact]
    public async Task What_another_activation_stored_in_a_partition_counts_before_a_permit_is_over()
    {
        await using var fleet = await FleetWorld.Start(1);
        var scheduler = fleet.Cluster.Grains.Scheduler();
        await scheduler.Admit(new("r1", Lane.Ordinary, 0, Sample.Noon));
        await fleet.Pass(Reporting.Silence);
        Assert.True((await scheduler.Permit("r1")).Granted);

        var storage = fleet.Cluster.Services.GetRequiredKeyedService<IGrainStorage>(SqliteGrainStorage.Name);
        var record = new GrainState<SchedulerState>();
        await storage.ReadStateAsync("scheduler", scheduler.GetGrainId(), record);
        var freeze = new FreezeView { Id = "f", By = "ada", Reason = "holidays", Since = Sample.Noon, Until = Sample.Noon.AddDays(1) };
        record.State = Scheduler.Freeze(record.State!, freeze, Sample.Noon).Decision.State;
        await storage.WriteStateAsync("scheduler", scheduler.GetGrainId(), record);

        fleet.Time.Advance(Permit.Life);
        Assert.Contains("holidays", (await scheduler.Permit("r1")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_that_can_not_be_stored_holds_all_the_same()
    {
        await using var fleet = await FleetWorld.Start(1);
        var scheduler = fleet.Cluster.Grains.Scheduler();
        await scheduler.Admit(new("r1", Lane.Ordinary, 0, Sample.Noon));
        await fleet.Pass(Reporting.Silence);

        fleet.Storage.Fail("scheduler");
        await Assert.ThrowsAnyAsync<Exception>(() => scheduler.Hold("r1"));
        Assert.Equal(PermitOutcome.Held, (await scheduler.Permit("r1")).Outcome);

        await scheduler.Hold("r1");
        Assert.Equal(PermitOutcome.Held, (await scheduler.Permit("r1")).Outcome);
        await scheduler.Admit(new("r1", Lane.Ordinary, 0, Sample.Noon));
        Assert.True((await scheduler.Permit("r1")).Granted);
    }
}
