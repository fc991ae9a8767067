using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>One command from the engine. Its effect happens exactly once, however often it arrives.</summary>
/// <param name="Id">Names the command; a repeated id gets the first answer.</param>
/// <param name="Instance">The instance on this device.</param>
/// <param name="Generation">Rises with each command to one instance; an older one is answered STALE_GENERATION.</param>
/// <param name="StartWithin">How long it may wait before it begins, on the device's monotonic clock from receipt.</param>
/// <param name="Change">The change that it belongs to.</param>
/// <param name="Action">What to do.</param>
public sealed record Directive(string Id, string Instance, long Generation, TimeSpan StartWithin, string Change, DirectiveAction Action);

/// <summary>What a directive asks for.</summary>
public abstract record DirectiveAction
{
    private DirectiveAction() { }

    /// <summary>Brings the instance to what the signed patch makes of it.</summary>
    public sealed record Apply(ReadOnlyMemory<byte> Envelope, InstanceManifest Expected, TimeSpan Bake, TimeSpan KeepOld) : DirectiveAction;

    /// <summary>Goes back to the restore point that change <paramref name="Undoes"/> made.</summary>
    public sealed record RollBack(string Undoes, string Reason) : DirectiveAction;

    /// <summary>The engine accepted the verified change.</summary>
    public sealed record Commit : DirectiveAction;
}

/// <summary>The first answer to a directive, kept in a durable ledger.</summary>
/// <param name="Accepted">False: refused, nothing changed.</param>
/// <param name="Reason">A word for programs, e.g. SIGNATURE_INVALID; empty when accepted.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record DirectiveAnswer(string Directive, bool Accepted, string Reason, string Detail);

/// <summary>Where a change stands on the device; the values of the protocol's ChangePhase that an agent reaches.</summary>
public enum DevicePhase
{
    Admitted,
    Prepared,
    Applied,
    Effective,
    Verified,
    Committed,
    Failed,
    RollingBack,
    RolledBack,
    NeedsHuman,
    Expired,
    Rejected,
}

/// <summary>A step of a change that the engine must learn of; see the protocol's ChangeProgress.</summary>
public sealed record Progress
{
    public required string Instance { get; init; }
    public required string Change { get; init; }
    public required string Directive { get; init; }
    public required long Generation { get; init; }
    public required DevicePhase Phase { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Counts per change from 1.</summary>
    public required long Step { get; init; }
    public string Reason { get; init; } = "";
    public string Detail { get; init; } = "";

    /// <summary>Decided on the device alone, without a directive.</summary>
    public bool ByAgent { get; init; }

    /// <summary>From the decision to roll back until traffic reached the restored stack.</summary>
    public TimeSpan RollbackTook { get; init; }
    public bool RollbackWarm { get; init; }
}

public enum Health
{
    Unknown,
    Healthy,
    Unhealthy,
}

/// <summary>What one instance is now.</summary>
public sealed record InstanceStatus
{
    public required string Name { get; init; }
    public InstanceManifest? Manifest { get; init; }
    public long Generation { get; init; }
    public Health Health { get; init; }
    public string HealthDetail { get; init; } = "";

    /// <summary>Answers of the health probe since the agent started, and how many of them were not good.</summary>
    public long Probes { get; init; }
    public long Errors { get; init; }
    public IReadOnlyList<SlotStatus> Slots { get; init; } = [];

    /// <summary>A change is in flight: sensors look every second.</summary>
    public bool Changing { get; init; }

    /// <summary>Mappings of replaced files that are (deleted), and living processes of older stacks: zero when effective.</summary>
    public int StaleMappings { get; init; }
    public int StaleProcesses { get; init; }
}

/// <summary>One slot of an instance, with what sensors need to find its processes, sockets and figures.</summary>
/// <param name="Cgroup">Path below each cgroup hierarchy, e.g. /fleet/web/3.</param>
/// <param name="InitPid">Pid of the slot's init on the device; 0 when it is not running.</param>
/// <param name="Root">Path of the slot's root file system on the device.</param>
public sealed record SlotStatus(
    string Id, bool Active, bool Running, InstanceManifest Manifest, string Cgroup, int InitPid, string Root, DateTimeOffset Started, int Connections);

/// <summary>Delivery as the link sees it.</summary>
public interface IDelivery
{
    /// <summary>Answers a directive; the answer is durable before it is given, and the work goes on behind it.</summary>
    Task<DirectiveAnswer> Accept(Directive directive, CancellationToken cancel);

    /// <summary>All instances, now.</summary>
    Task<IReadOnlyList<InstanceStatus>> Status(CancellationToken cancel);
}

/// <summary>Takes facts that must reach the engine sooner or later.</summary>
public interface IFacts
{
    /// <summary>Returns when the fact can no longer be lost. Safe to repeat: instance, change and step name it.</summary>
    Task Record(Progress progress, CancellationToken cancel);
}

/// <summary>Where content comes from.</summary>
public interface IContentSource
{
    /// <summary>Brings a blob of an image's repository into the local store, resuming where it stopped; verified by digest.</summary>
    /// <param name="blob">A negative size is unknown, and then at most 64 MiB.</param>
    /// <exception cref="ContentUnavailableException">It can't be had now or at all; the message says why.</exception>
    Task Fetch(string image, Descriptor blob, CancellationToken cancel);
}

/// <summary>Content can't be had.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="final">Asking again won't help.</param>
public sealed class ContentUnavailableException(string message, bool final, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Asking again won't help.</summary>
    public bool Final { get; } = final;
}
