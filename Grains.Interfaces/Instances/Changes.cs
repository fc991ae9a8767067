using System.Collections.Immutable;

namespace Fleet.Instances;

/// <summary>Where one change of one instance stands.</summary>
public enum ChangePhase
{
    Unspecified = 0,
    Requested = 1,
    Admitted = 2,

    /// <summary>Content is on the device and verified, and the restore point is made.</summary>
    Prepared = 3,

    /// <summary>Traffic reaches the new stack.</summary>
    Applied = 4,

    /// <summary>No process of an older stack is alive, and no mapping of the replaced files is deleted.</summary>
    Effective = 5,

    /// <summary>The health probe held through the bake.</summary>
    Verified = 6,
    Committed = 7,
    Failed = 8,
    RollingBack = 9,
    RolledBack = 10,
    NeedsHuman = 11,
    Expired = 12,
    Superseded = 13,
    Cancelled = 14,

    /// <summary>Refused before anything was changed.</summary>
    Rejected = 15,
}

public static class ChangePhases
{
    /// <summary>Whether a change in this phase has ended; it has then exactly one terminal audit record.</summary>
    public static bool IsTerminal(this ChangePhase phase) => phase is ChangePhase.Committed or ChangePhase.RolledBack or ChangePhase.NeedsHuman
        or ChangePhase.Expired or ChangePhase.Superseded or ChangePhase.Cancelled or ChangePhase.Rejected;
}

/// <summary>Asks for one change. The change id makes it safe to repeat.</summary>
[GenerateSerializer, Immutable, Alias("fleet.apply-patch")]
public sealed record ApplyPatch
{
    [Id(0)] public required string Change { get; init; }
    [Id(1)] public required string Image { get; init; }
    [Id(2)] public required string Patch { get; init; }
    [Id(3)] public ImmutableArray<PortMapping> Ports { get; init; } = [];
    [Id(4)] public required TimeSpan Bake { get; init; }

    /// <summary>How long the old slot keeps running after the switch: so long is a rollback warm, and so long the change isn't effective.</summary>
    [Id(5)] public required TimeSpan KeepOld { get; init; }

    /// <summary>From request to verified.</summary>
    [Id(6)] public required TimeSpan Within { get; init; }
    [Id(7)] public required string By { get; init; }
    [Id(8)] public string Reason { get; init; } = "";

    /// <summary>What kind of actuator asks: the more urgent goes first when several wait for the instance.</summary>
    [Id(9)] public ActuatorPriority Actuator { get; init; } = ActuatorPriority.Patch;

    /// <summary>Among askers of the same kind; higher goes first.</summary>
    [Id(10)] public int Priority { get; init; }

    /// <summary>The rollout shard that is told how the change goes; null when nobody is.</summary>
    [Id(11)] public ChangeOwner? Owner { get; init; }

    /// <summary>Refuse as offline when the agent is not connected, or its last report of the instance is not fresh.</summary>
    [Id(12)] public bool OnlyWhenSeen { get; init; }

    /// <summary>Begun later than this, it is not begun at all: the asker's permit is over. Null: it may begin at any time.</summary>
    [Id(13)] public DateTimeOffset? BeginBefore { get; init; }

    /// <summary>The W3C trace context in which it was asked for; empty when nobody records it.</summary>
    [Id(14)] public string Trace { get; init; } = "";
}

/// <summary>Who asks for a change, the most urgent first.</summary>
public enum ActuatorPriority
{
    Rollback = 1,
    EmergencyHotfix = 2,
    Remediation = 3,
    Patch = 4,
    Tuning = 5,
}

/// <summary>The rollout shard that a change belongs to.</summary>
[GenerateSerializer, Immutable, Alias("fleet.change-owner")]
public sealed record ChangeOwner([property: Id(0)] string Rollout, [property: Id(1)] int Shard);

/// <summary>Asks for the lease of an instance without changing it: so that nothing else does.</summary>
[GenerateSerializer, Immutable, Alias("fleet.lease-request")]
public sealed record LeaseRequest(
    [property: Id(0)] string Holder,
    [property: Id(1)] DateTimeOffset Until);

/// <summary>Asks to take a change back. The change id names the taking back itself and makes it safe to repeat.</summary>
[GenerateSerializer, Immutable, Alias("fleet.roll-back")]
public sealed record RollBack
{
    [Id(0)] public required string Change { get; init; }

    /// <summary>Empty: the change in flight, else the last committed one.</summary>
    [Id(1)] public string Undoes { get; init; } = "";
    [Id(2)] public required string By { get; init; }
    [Id(3)] public string Reason { get; init; } = "";

    /// <summary>The rollout shard that is told how the taking back goes; null when nobody is.</summary>
    [Id(4)] public ChangeOwner? Owner { get; init; }

    /// <summary>The W3C trace context in which it was asked for; empty when nobody records it.</summary>
    [Id(5)] public string Trace { get; init; } = "";
}

/// <summary>How a request for a change was answered.</summary>
public enum ChangeAnswerKind
{
    /// <summary>It is under way, or was already: see the change.</summary>
    Accepted,

    /// <summary>Refused and nothing changed: reason and detail say why.</summary>
    Refused,

    /// <summary>Another change holds the instance.</summary>
    Busy,
    NotFound,

    /// <summary>The device's last report is not fresh: nobody knows how it is.</summary>
    Offline,
}

[GenerateSerializer, Immutable, Alias("fleet.change-answer")]
public sealed record ChangeAnswer(
    [property: Id(0)] ChangeAnswerKind Kind,
    [property: Id(1)] ChangeView? Change,
    [property: Id(2)] string Reason = "",
    [property: Id(3)] string Detail = "");

[GenerateSerializer, Immutable, Alias("fleet.change-view")]
public sealed record ChangeView
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required InstanceId Instance { get; init; }
    [Id(2)] public required string Patch { get; init; }
    [Id(3)] public required ChangePhase Phase { get; init; }
    [Id(4)] public string Detail { get; init; } = "";
    [Id(5)] public string Reason { get; init; } = "";
    [Id(6)] public required string By { get; init; }
    [Id(7)] public required DateTimeOffset Requested { get; init; }
    [Id(8)] public required DateTimeOffset Deadline { get; init; }
    [Id(9)] public DateTimeOffset? Ended { get; init; }
    [Id(10)] public long Generation { get; init; }
    [Id(11)] public ImmutableArray<PhaseEntry> History { get; init; } = [];
    [Id(12)] public bool ByAgent { get; init; }
    [Id(13)] public TimeSpan RollbackTook { get; init; }
    [Id(14)] public bool RollbackWarm { get; init; }
    [Id(15)] public string Undoes { get; init; } = "";
}

[GenerateSerializer, Immutable, Alias("fleet.phase-entry")]
public sealed record PhaseEntry(
    [property: Id(0)] ChangePhase Phase,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string Detail = "");
