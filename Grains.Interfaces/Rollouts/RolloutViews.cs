using System.Collections.Immutable;
using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>Where a rollout stands.</summary>
public enum RolloutPhase
{
    Unspecified = 0,

    /// <summary>Looks for its targets.</summary>
    Planning = 1,

    /// <summary>For admission.</summary>
    Waiting = 2,
    Dispatching = 3,
    Baking = 4,

    /// <summary>By a person, or because the judge saw too little to decide.</summary>
    Paused = 5,

    /// <summary>Failed, and waits for a person.</summary>
    Halted = 6,
    RollingBack = 7,

    /// <summary>Until the changes in flight have ended.</summary>
    Stopping = 8,
    Succeeded = 9,
    RolledBack = 10,
    Stopped = 11,
    NeedsHuman = 12,
    Refused = 13,
}

public static class RolloutPhases
{
    /// <summary>Whether a rollout in this phase has ended; it has then exactly one terminal audit record.</summary>
    public static bool IsTerminal(this RolloutPhase phase) => phase >= RolloutPhase.Succeeded;
}

/// <summary>Where one target of a rollout stands.</summary>
public enum TargetState
{
    Unspecified = 0,
    LeftOut = 1,

    /// <summary>Its turn hasn't come.</summary>
    Pending = 2,

    /// <summary>Its turn has come; another change, a budget or a freeze holds it.</summary>
    Waiting = 3,
    Dispatched = 4,
    Verified = 5,

    /// <summary>It failed or was refused; the device is as it was, or on its way there.</summary>
    Failed = 6,
    Offline = 7,
    RollingBack = 8,
    RolledBack = 9,
    NeedsHuman = 10,

    /// <summary>The rollout ended before its turn.</summary>
    Untouched = 11,
}

/// <summary>Three values; no data is inconclusive.</summary>
public enum Verdict
{
    None = 0,
    Pass = 1,
    Fail = 2,
    Inconclusive = 3,
}

/// <summary>How many targets are in which state.</summary>
[GenerateSerializer, Immutable, Alias("fleet.target-counts")]
public sealed record TargetCounts
{
    [Id(0)] public int LeftOut { get; init; }
    [Id(1)] public int Pending { get; init; }
    [Id(2)] public int Waiting { get; init; }
    [Id(3)] public int Dispatched { get; init; }
    [Id(4)] public int Verified { get; init; }
    [Id(5)] public int Failed { get; init; }
    [Id(6)] public int Offline { get; init; }
    [Id(7)] public int RollingBack { get; init; }
    [Id(8)] public int RolledBack { get; init; }
    [Id(9)] public int NeedsHuman { get; init; }
    [Id(10)] public int Untouched { get; init; }

    public static TargetCounts operator +(TargetCounts a, TargetCounts b) => new()
    {
        LeftOut = a.LeftOut + b.LeftOut,
        Pending = a.Pending + b.Pending,
        Waiting = a.Waiting + b.Waiting,
        Dispatched = a.Dispatched + b.Dispatched,
        Verified = a.Verified + b.Verified,
        Failed = a.Failed + b.Failed,
        Offline = a.Offline + b.Offline,
        RollingBack = a.RollingBack + b.RollingBack,
        RolledBack = a.RolledBack + b.RolledBack,
        NeedsHuman = a.NeedsHuman + b.NeedsHuman,
        Untouched = a.Untouched + b.Untouched,
    };
}

/// <summary>One instance that a rollout looked at.</summary>
[GenerateSerializer, Immutable, Alias("fleet.target-view")]
public sealed record TargetView
{
    [Id(0)] public required InstanceId Instance { get; init; }
    [Id(1)] public required TargetState State { get; init; }
    [Id(2)] public string Reason { get; init; } = "";

    /// <summary>From 1; 0 when it is left out.</summary>
    [Id(3)] public int Wave { get; init; }

    /// <summary>The change of the instance; empty before the first dispatch.</summary>
    [Id(4)] public string Change { get; init; } = "";
    [Id(5)] public DateTimeOffset? Since { get; init; }
}

/// <summary>A page of targets, in the order of the waves.</summary>
/// <param name="Next">Where the next page begins; null at the end.</param>
[GenerateSerializer, Immutable, Alias("fleet.target-page")]
public sealed record TargetPage([property: Id(0)] ImmutableArray<TargetView> Targets, [property: Id(1)] int? Next);

/// <param name="Number">From 1.</param>
/// <param name="Cumulative">Targets in this wave and those before it.</param>
[GenerateSerializer, Immutable, Alias("fleet.planned-wave")]
public sealed record PlannedWave(
    [property: Id(0)] int Number,
    [property: Id(1)] int Size,
    [property: Id(2)] int Cumulative,
    [property: Id(3)] string Reason);

/// <summary>What a rollout would do.</summary>
[GenerateSerializer, Immutable, Alias("fleet.rollout-plan")]
public sealed record RolloutPlan
{
    [Id(0)] public ImmutableArray<PlannedWave> Waves { get; init; } = [];

    /// <summary>All instances that were looked at: targets in the order of the waves, then those left out.</summary>
    [Id(1)] public ImmutableArray<TargetView> Targets { get; init; } = [];

    /// <summary>Why it can't be started; empty when it can.</summary>
    [Id(2)] public string Refusal { get; init; } = "";
    [Id(3)] public string RefusalDetail { get; init; } = "";

    /// <summary>What it would wait for now, in words.</summary>
    [Id(4)] public ImmutableArray<string> WaitsFor { get; init; } = [];
}

[GenerateSerializer, Immutable, Alias("fleet.wave-view")]
public sealed record WaveView
{
    [Id(0)] public required int Number { get; init; }
    [Id(1)] public required int Size { get; init; }
    [Id(2)] public Verdict Verdict { get; init; }
    [Id(3)] public string Reason { get; init; } = "";
    [Id(4)] public TargetCounts Counts { get; init; } = new();
    [Id(5)] public DateTimeOffset? Opened { get; init; }
    [Id(6)] public DateTimeOffset? Judged { get; init; }
}

[GenerateSerializer, Immutable, Alias("fleet.rollout-view")]
public sealed record RolloutView
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required RolloutSpec Spec { get; init; }
    [Id(2)] public required RolloutPhase Phase { get; init; }
    [Id(3)] public string Reason { get; init; } = "";
    [Id(4)] public string Detail { get; init; } = "";

    /// <summary>From 1; 0 before the first.</summary>
    [Id(5)] public int Wave { get; init; }
    [Id(6)] public ImmutableArray<WaveView> Waves { get; init; } = [];
    [Id(7)] public TargetCounts Counts { get; init; } = new();
    [Id(8)] public required string By { get; init; }
    [Id(9)] public required DateTimeOffset Requested { get; init; }
    [Id(10)] public DateTimeOffset? Ended { get; init; }
    [Id(11)] public DateTimeOffset? LastDispatch { get; init; }

    /// <summary>When the last pause, stop, kill, halt or rollback was decided.</summary>
    [Id(12)] public DateTimeOffset? HeldSince { get; init; }
    [Id(13)] public DateTimeOffset? Deadline { get; init; }

    /// <summary>From the decision to take back until the last target was back.</summary>
    [Id(14)] public TimeSpan? RollbackTook { get; init; }
}
