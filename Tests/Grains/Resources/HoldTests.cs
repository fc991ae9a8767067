using Fleet.Instances;
using Fleet.Resources;
using Fleet.Tests.Grains;

namespace Fleet.Tests.Resources;

/// <summary>Holding a whole resource.</summary>
public sealed class HoldTests
{
    private static readonly HoldRequest Ask = new("h1", "ada", "new disk", Sample.Noon.AddHours(1));

    [Fact]
    public void Leases_are_taken_in_the_order_of_names()
    {
        var state = Hold.Begin(new(), "edge-1", Ask, ["web", "api", "db"], Sample.Noon).State;

        Assert.Equal(["api", "db", "web"], state.Instances);
        Assert.Equal("waits for the lease of instance 'api'", Hold.View(state, "edge-1", Sample.Noon).Detail);
        for (var i = 0; i < 3; i++) state = Hold.Took(state, "edge-1", Sample.Noon).State;
        Assert.Equal((HoldPhase.Held, 3), (state.Phase, Hold.View(state, "edge-1", Sample.Noon).Instances.Length));
    }

    [Fact]
    public void Another_hold_is_refused_until_the_first_is_released_or_its_time_is_over()
    {
        var state = Hold.Begin(new(), "edge-1", Ask, [], Sample.Noon).State;
        var other = Ask with { Hold = "h2", Until = Sample.Noon.AddHours(3) };

        Assert.Equal("HELD", Hold.Begin(state, "edge-1", other, [], Sample.Noon).Refusal);
        Assert.Same(state, Hold.Begin(state, "edge-1", Ask, [], Sample.Noon).State);
        Assert.Equal("", Hold.Begin(state, "edge-1", other, [], Sample.Noon.AddHours(1)).Refusal);
        Assert.Equal("", Hold.Begin(Hold.Release(state, "edge-1", "h1", "bob", Sample.Noon).State, "edge-1", other, [], Sample.Noon).Refusal);
        Assert.Equal("HOLD_UNKNOWN", Hold.Release(state, "edge-1", "h2", "bob", Sample.Noon).Refusal);
    }

    [Fact]
    public void A_hold_that_was_released_or_is_over_does_not_begin_again_when_it_is_asked_for_late()
    {
        var held = Hold.Begin(new(), "edge-1", Ask, [], Sample.Noon).State;
        var released = Hold.Release(held, "edge-1", "h1", "bob", Sample.Noon).State;

        Assert.Same(released, Hold.Begin(released, "edge-1", Ask with { Until = Sample.Noon.AddHours(5) }, [], Sample.Noon).State);
        Assert.Same(held, Hold.Begin(held, "edge-1", Ask with { Until = Sample.Noon.AddHours(5) }, [], Sample.Noon.AddHours(2)).State);
    }

    [Fact]
    public async Task A_hold_waits_for_a_change_in_flight_and_keeps_out_the_next_one_until_it_is_released()
    {
        await using var fleet = await FleetWorld.Start(1);
        var instance = fleet.Cluster.Grains.Instance(fleet.Devices[0].Id);
        var hold = fleet.Cluster.Grains.Hold(new("edge-1"));
        fleet.Devices[0].Offline = true;
        await instance.Apply(Sample.Ask("c", "fix"));

        var asked = await hold.Hold(Ask with { Until = fleet.Time.GetUtcNow().AddHours(1) });
        Assert.Equal(HoldPhase.Taking, asked.Hold.Phase);
        fleet.Devices[0].Offline = false;
        await fleet.Until(async () => (await hold.Show()).Phase == HoldPhase.Held);
        Assert.Equal(ChangePhase.Committed, (await instance.Show()).Change!.Phase);
        Assert.Equal(ChangeAnswerKind.Busy, (await instance.Apply(Sample.Ask("d", "v2"))).Kind);

        Assert.Equal(HoldPhase.Released, (await hold.Release("h1", "ada")).Hold.Phase);
        Assert.Equal(ChangeAnswerKind.Accepted, (await instance.Apply(Sample.Ask("d", "v2"))).Kind);
        Assert.Equal(["hold.asked", "hold.held", "hold.released"], (await fleet.Audit("edge-1")).Select(a => a.Action));
    }
}
