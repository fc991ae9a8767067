using Fleet.Committing;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;

namespace Fleet.Simulation;

/// <summary>When faults have ended, everything becomes terminal, everything that was decided is done, and engine and device agree.</summary>
internal sealed class EndLaws(SimWorld world)
{
    public void Check()
    {
        foreach (var ((grain, name), record) in world.Disk.States)
        {
            if (record.State is Remembered { Outbox: { IsEmpty: false } outbox })
                LawBook.Hold(false, Law.AllEnds, $"{grain} {name}: {outbox.Length} effects are unsent, the first is {outbox[0]}");
            if (record.State is ResourceState { Pending: { IsEmpty: false } pending })
                LawBook.Hold(pending.All(d => d.StartBefore <= world.Simulator.Now), Law.AllEnds, $"{grain}: {pending.Length} directives wait, the first is {pending[0].Id}");
            if (record.State is RolloutState { Spec: not null } rollout)
                LawBook.Hold(rollout.Phase.IsTerminal() && !rollout.IsActive, Law.AllEnds, $"{grain}: is still {rollout.Phase} at wave {rollout.Wave}: {rollout.Detail}");
            if (record.State is HoldState hold)
                LawBook.Hold(hold.Phase is not (HoldPhase.Taking or HoldPhase.Held), Law.AllEnds, $"{grain}: {hold.Hold} is still {hold.Phase}, until {hold.Until}");
            if (record.State is ShardState shard)
                LawBook.Hold(!shard.Targets.Any(t => t.IsOpen), Law.AllEnds, $"{grain}: {shard.Targets.FirstOrDefault(t => t.IsOpen)?.Instance} is still {shard.Targets.FirstOrDefault(t => t.IsOpen)?.State}");
            if (record.State is Applications.ApplicationState application)
                LawBook.Hold(application.Slots.All(s => s.Value.Until <= world.Simulator.Now + TimeSpan.FromMinutes(1)), Law.AllEnds, $"{grain}: {application.Slots.Count} slots are still taken");
            if (record.State is Fleet.Instances.InstanceState state) Check(grain["instance/".Length..], state);
        }
    }

    private void Check(string instance, Fleet.Instances.InstanceState state)
    {
        LawBook.Hold(state.InFlight is null, Law.AllEnds, $"{instance}: {state.InFlight?.Id} is still {state.InFlight?.Phase}");
        LawBook.Hold(state.Lease is null || state.Find(state.Lease.Holder) is null || state.Lease.Until > world.Simulator.Now, Law.AllEnds, $"{instance}: {state.Lease?.Holder} still holds the lease");

        var parts = instance.Split('/');
        var agent = world.Agent(parts[0]);
        if (!agent.Journals.TryGetValue(parts[1], out var journal))
        {
            LawBook.Hold(state.Anchor is null, Law.AllEnds, $"{instance}: the engine says {state.Anchor.Line()}, the device has nothing");
            return;
        }

        var device = System.Text.Json.JsonSerializer.Deserialize(journal, Agent.Delivery.StateJson.Default.InstanceState)!;
        LawBook.Hold(!device.Changing, Law.AllEnds, $"{instance}: the device is still at {device.Change?.Step} of {device.Change?.Id}");
        if (state.Stuck is not null || device.Change?.Phase == Agent.Delivery.DevicePhase.NeedsHuman) return;
        if (state.Changes.Any(c => c.Astray == Astray.Unreconciled)) return;

        LawBook.Hold(Equals(device.Manifest?.ToContract(), state.Anchor), Law.AllEnds, $"{instance}: the engine says {state.Anchor.Line()}, the device {device.Manifest?.ToContract().Line()}");
        if (device.Active is not { } active) return;
        var slot = agent.Device.Slots.GetValueOrDefault((parts[1], active.Id));
        LawBook.Hold(slot is { Running: true, OldCode: false } && agent.Device.Routed(parts[1]) == active.Id, Law.AllEnds,
            $"{instance}: slot {active.Id} should serve, {(slot is null ? "and is not there" : slot.Running ? $"and traffic goes to {agent.Device.Routed(parts[1])}" : "and does not run")}");
    }
}
