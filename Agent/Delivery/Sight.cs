namespace Fleet.Agent.Delivery;

/// <summary>What an instance is now, for the link and the sensors.</summary>
internal static class Sight
{
    public static async Task<InstanceStatus> Of(InstanceState state, IDevice device, CancellationToken cancel)
    {
        var looked = state.Active is { } active
            ? await device.Do(new Effect.Look(state.Name, active, active.Replaced), cancel) as Happening.Looked
            : null;
        return new InstanceStatus
        {
            Name = state.Name,
            Manifest = state.Manifest,
            Generation = state.Generation,
            Health = state.Watch.Health,
            HealthDetail = state.Watch.HealthDetail,
            Probes = state.Watch.Probes,
            Errors = state.Watch.Errors,
            Slots = [.. state.Slots.Select(slot => Of(state, slot, device.See(state.Name, slot)))],
            Changing = state.Changing,
            StaleMappings = looked?.Mappings ?? 0,
            StaleProcesses = looked?.Processes ?? 0,
        };
    }

    private static SlotStatus Of(InstanceState state, SlotState slot, SlotSight sight) => new(
        slot.Id.ToString(), slot.Id == state.ActiveSlot, sight.Running, slot.Stack.Manifest, sight.Cgroup, sight.InitPid, sight.Root, slot.Started, sight.Connections);
}
