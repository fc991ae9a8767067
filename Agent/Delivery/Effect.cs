using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>Something to do to the device, as a value. Doing one twice is the same as doing it once.</summary>
internal abstract record Effect
{
    private Effect() { }

    /// <summary>Brings all content that a patch needs into the local store, verified; answers <see cref="Happening.ContentReady"/>.</summary>
    public sealed record Fetch(Patch Patch) : Effect;

    /// <summary>Unpacks layers; answers <see cref="Happening.Done"/>.</summary>
    public sealed record Unpack(ImmutableArray<Descriptor> Layers) : Effect;

    /// <summary>Makes a slot's directories and takes an address for it; answers <see cref="Happening.Created"/>.</summary>
    public sealed record Create(string Instance, SlotState Slot) : Effect;

    /// <summary>Starts a slot unless it runs; answers <see cref="Happening.Started"/>.</summary>
    public sealed record Start(string Instance, SlotState Slot) : Effect;

    /// <summary>Asks a slot's probe once; answers <see cref="Happening.Probed"/>.</summary>
    public sealed record Probe(string Instance, SlotState Slot) : Effect;

    /// <summary>Leads the instance's host ports to a slot, or nowhere, in one atomic update; answers <see cref="Happening.Done"/>.</summary>
    public sealed record Route(string Instance, ImmutableArray<PublishedPort> Ports, SlotState? Slot) : Effect;

    /// <summary>Counts a slot's established connections; answers <see cref="Happening.Counted"/>.</summary>
    public sealed record Count(string Instance, SlotState Slot) : Effect;

    /// <summary>Stops a slot; its directories stay; answers <see cref="Happening.Done"/>.</summary>
    public sealed record Stop(string Instance, SlotState Slot) : Effect;

    /// <summary>Stops a slot and removes all that is left of it; answers <see cref="Happening.Done"/>.</summary>
    public sealed record Remove(string Instance, SlotState Slot) : Effect;

    /// <summary>Renames files of the topmost layer that has them over those of a running slot; answers <see cref="Happening.Done"/>.</summary>
    public sealed record Replace(string Instance, SlotState Slot, ImmutableArray<string> Files, ImmutableArray<Descriptor> Layers) : Effect;

    /// <summary>Has the service start its program anew; answers <see cref="Happening.Done"/>.</summary>
    public sealed record ReExec(string Instance, SlotState Slot) : Effect;

    /// <summary>Counts processes of older stacks and deleted mappings of replaced files; answers <see cref="Happening.Looked"/>.</summary>
    public sealed record Look(string Instance, SlotState Slot, ImmutableArray<string> Files) : Effect;
}

/// <summary>What the machine learns: a directive, the end of an effect, or that time has passed.</summary>
internal abstract record Happening
{
    private Happening() { }

    /// <summary>The agent has just started, and this is what the journal held.</summary>
    public sealed record Recovered : Happening;

    /// <summary>Nothing but time.</summary>
    public sealed record Tick : Happening;

    /// <summary>A directive arrived; the shell has verified its patch and read what is installed.</summary>
    public sealed record Directed(Directive Directive, VerifiedPatch? Verified, ImageContents? Installed) : Happening;

    /// <summary>The first <paramref name="Count"/> of the outbox can no longer be lost.</summary>
    public sealed record Reported(int Count) : Happening;

    /// <param name="Image">With a layer patch: what the new version holds.</param>
    public sealed record ContentReady(ImageContents? Image) : Happening;

    public sealed record Created(int Network) : Happening;

    public sealed record Started(int Pid, long Start) : Happening;

    public sealed record Probed(ProbeAnswer Answer) : Happening;

    public sealed record Counted(int Connections) : Happening;

    public sealed record Looked(int Processes, int Mappings) : Happening;

    public sealed record Done : Happening;

    /// <summary>An effect did not come about.</summary>
    /// <param name="Final">Trying again won't help.</param>
    public sealed record Failed(string Reason, string Detail, bool Final) : Happening;
}

/// <summary>The device as delivery sees it: content, disk, mounts, processes and network behind one door.</summary>
internal interface IDevice
{
    /// <summary>Runs an effect and tells what came of it; a failure is an answer, not an exception.</summary>
    Task<Happening> Do(Effect effect, CancellationToken cancel);

    /// <summary>What an installed version holds; null when it can't be read.</summary>
    Task<ImageContents?> Contents(InstanceManifest manifest, CancellationToken cancel);

    /// <summary>How a slot is doing now.</summary>
    SlotSight See(string instance, SlotState slot);

    /// <summary>Removes content that nobody needs, unless some is just being brought here.</summary>
    /// <param name="needed">Asked while nothing new is being brought; null when it is not known.</param>
    Task Collect(Func<ImmutableArray<Stack>?> needed, CancellationToken cancel);
}

/// <summary>What can be seen of a slot without changing it.</summary>
internal readonly record struct SlotSight(bool Running, int InitPid, string Cgroup, string Root, int Connections);
