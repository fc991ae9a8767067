using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Simulation;

/// <summary>A resource that is held is held whole: the hold has the lease of each of its instances, and none of them begins to change.</summary>
internal sealed class HoldLaws(SimWorld world)
{
    /// <summary>The engine's clock may have jumped back since a lease ended.</summary>
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(12);

    public void Stored(string resource, HoldState before, HoldState after)
    {
        if (before.Phase != after.Phase) world.Simulator.Say($"hold of {resource}", $"{after.Hold} is {after.Phase}");
        if (after.Phase != HoldPhase.Held || before.Phase == HoldPhase.Held) return;
        foreach (var name in after.Instances)
        {
            var lease = world.Disk.State<InstanceState>($"instance/{resource}/{name}", "instance")?.Lease;
            LawBook.Hold(lease?.Holder == after.Hold || !Holds(after), Law.HeldIsUnchanged, $"{resource} is held by {after.Hold}, but the lease of {name} is {lease?.Holder ?? "nobody"}'s");
        }
    }

    public void Stored(string instance, InstanceState before, InstanceState after)
    {
        if (after.InFlight is not { } change || before.Find(change.Id) is not null) return;
        var id = InstanceId.Parse(instance);
        var hold = world.Disk.State<HoldState>($"hold/{id.Resource}", "hold");
        LawBook.Hold(hold is not { Phase: HoldPhase.Held } || !hold.Instances.Contains(id.Name) || !Holds(hold), Law.HeldIsUnchanged, $"{change.Id} of {instance} was begun while {hold?.Hold} holds the resource");
    }

    private bool Holds(HoldState hold) => world.Simulator.Now + world.EngineSkew + Jump < hold.Until;
}
