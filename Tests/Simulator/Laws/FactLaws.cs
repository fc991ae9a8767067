using Fleet.Agent.Delivery;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Simulation;

/// <summary>What the engine acknowledged to an agent is stored, and each step of a change says one thing.</summary>
internal sealed class FactLaws(SimWorld world)
{
    private readonly SortedDictionary<(string Device, string Instance, string Change, long Step), DevicePhase> told = [];

    /// <summary>The agent wrote down that it will tell this.</summary>
    public void Told(string device, Progress progress)
    {
        var key = (device, progress.Instance, progress.Change, progress.Step);
        if (told.TryGetValue(key, out var first)) LawBook.Hold(first == progress.Phase, Law.OneWord, $"{key}: first {first}, then {progress.Phase}");
        else told[key] = progress.Phase;
    }

    public static void Stored(string device, ResourceState before, ResourceState after) => LawBook.Hold(
        after.Acknowledged >= before.Acknowledged, Law.NothingIsLost, $"{device}: acknowledged {before.Acknowledged}, then {after.Acknowledged}");

    public void Acknowledged(string device, ulong sequence)
    {
        var stored = world.Disk.State<ResourceState>($"resource/{device}", "resource")?.Acknowledged ?? 0;
        LawBook.Hold(stored >= (long)sequence, Law.NothingIsLost, $"{device}: {sequence} was acknowledged, {stored} is stored");
    }

    /// <summary>Every step that an agent wrote down has reached its instance, once nothing gets lost any more.</summary>
    public void AtTheEnd()
    {
        foreach (var agent in world.Agents)
            LawBook.Hold(agent.Waiting == 0, Law.FactsArrive, $"{agent.Name}: {agent.Waiting} facts still wait");
        foreach (var ((device, instance, change, step), phase) in told)
        {
            var state = world.Disk.State<Instances.InstanceState>($"instance/{device}/{instance}", "instance");
            if (state?.Find(change) is not { } found || found.History.Length >= 48) continue;
            var heard = found.Id == change ? found.Step : found.BackStep;
            LawBook.Hold(heard >= step, Law.FactsArrive, $"{device}/{instance}: step {step} ({phase}) of {change} was written down on the device, and never arrived");
        }
    }
}
