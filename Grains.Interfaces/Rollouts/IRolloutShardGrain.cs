using System.Collections.Immutable;
using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>Dispatches to at most <see cref="RolloutGrains.ShardSize"/> instances of a rollout, and keeps where each stands.</summary>
[Alias("fleet.rollout-shard")]
public interface IRolloutShardGrain : IGrainWithStringKey
{
    /// <summary>Takes its targets, before the first order. Safe to repeat.</summary>
    [Alias("enlist")] Task Enlist(ShardRoll roll);

    /// <summary>Takes what it is to do from now on. An order older than the last one changes nothing. Safe to repeat.</summary>
    [Alias("order")] Task Order(ShardOrder order);

    /// <summary>A change of one of its instances has moved. A hint: the shard looks itself, also when none comes.</summary>
    [Alias("moved"), OneWay] Task Moved(ChangeView change);

    /// <summary>A target that was held by something else may be free now. A hint.</summary>
    [Alias("free"), OneWay] Task Free(InstanceId instance);

    /// <summary>How its targets are doing, as it knows.</summary>
    [Alias("show"), ReadOnly] Task<ShardReport> Show();

    /// <summary>All its targets, in the order of the waves.</summary>
    [Alias("targets"), ReadOnly] Task<ImmutableArray<TargetView>> Targets();

    /// <summary>What can be seen now of the verified instances of this wave and those before it, for the judge.</summary>
    [Alias("evidence"), ReadOnly] Task<WaveEvidence> Evidence(int wave);
}

/// <summary>The targets of a shard, and what each is to get.</summary>
[GenerateSerializer, Immutable, Alias("fleet.shard-roll")]
public sealed record ShardRoll
{
    [Id(0)] public required string Rollout { get; init; }
    [Id(1)] public required int Shard { get; init; }
    [Id(2)] public required RolloutSpec Spec { get; init; }
    [Id(3)] public required string By { get; init; }
    [Id(4)] public required DateTimeOffset Requested { get; init; }
    [Id(5)] public required ImmutableArray<ShardTarget> Targets { get; init; }
}

/// <param name="Labels">They matter to freezes and budgets.</param>
[GenerateSerializer, Immutable, Alias("fleet.shard-target")]
public sealed record ShardTarget([property: Id(0)] TargetView Target, [property: Id(1)] Labels Labels);

/// <summary>What a shard is to do from now on.</summary>
public enum ShardTask
{
    /// <summary>Dispatch targets of waves up to the order's wave.</summary>
    Dispatch = 1,

    /// <summary>Dispatch nothing; follow what is in flight.</summary>
    Hold = 2,

    /// <summary>Dispatch nothing; take back what is in flight and keep what is verified.</summary>
    Abandon = 3,

    /// <summary>Take back targets of waves from the order's wave on, in flight or verified.</summary>
    TakeBack = 4,

    /// <summary>Dispatch only to those that were offline when their turn came, now that they are back.</summary>
    CatchUp = 5,

    /// <summary>Nothing more; what wasn't dispatched is untouched.</summary>
    End = 6,
}

/// <param name="Number">Rises with each order of the rollout.</param>
/// <param name="Retry">Rises when failed targets are to be tried again; each try is a change of its own.</param>
[GenerateSerializer, Immutable, Alias("fleet.shard-order")]
public sealed record ShardOrder(
    [property: Id(0)] long Number,
    [property: Id(1)] ShardTask Task,
    [property: Id(2)] int Wave,
    [property: Id(3)] int Retry,
    [property: Id(4)] string By,
    [property: Id(5)] string Reason);

/// <summary>How a shard's targets are doing.</summary>
[GenerateSerializer, Immutable, Alias("fleet.shard-report")]
public sealed record ShardReport
{
    [Id(0)] public required int Shard { get; init; }

    /// <summary>The last order that it took.</summary>
    [Id(1)] public required long Order { get; init; }

    /// <summary>Rises with each change of its targets.</summary>
    [Id(2)] public required long Version { get; init; }

    /// <summary>By wave, rising; wave 0 has those left out.</summary>
    [Id(3)] public ImmutableArray<WaveTally> Waves { get; init; } = [];
    [Id(4)] public DateTimeOffset? LastDispatch { get; init; }

    /// <summary>In words, what most of those that wait are waiting for; empty when none waits.</summary>
    [Id(5)] public string WaitsFor { get; init; } = "";

    /// <summary>In words, the first failure; empty when none failed.</summary>
    [Id(6)] public string FirstFailure { get; init; } = "";
}

/// <summary>How one wave's targets in a shard are doing.</summary>
/// <param name="Failures">Targets that failed by themselves, whatever became of them since.</param>
[GenerateSerializer, Immutable, Alias("fleet.wave-tally")]
public sealed record WaveTally(
    [property: Id(0)] int Wave,
    [property: Id(1)] TargetCounts Counts,
    [property: Id(2)] int Failures);

/// <summary>What was seen of a wave's verified instances.</summary>
[GenerateSerializer, Immutable, Alias("fleet.wave-evidence")]
public sealed record WaveEvidence
{
    [Id(0)] public int Healthy { get; init; }
    [Id(1)] public int Unhealthy { get; init; }

    /// <summary>No fresh report.</summary>
    [Id(2)] public int Unknown { get; init; }

    /// <summary>Their service was started again after it had been verified.</summary>
    [Id(3)] public int Crashed { get; init; }

    /// <summary>The first trouble, in words.</summary>
    [Id(4)] public string Detail { get; init; } = "";

    /// <summary>Well now, but too many answers of their health probes were errors.</summary>
    [Id(5)] public int Erring { get; init; }

    public static WaveEvidence operator +(WaveEvidence a, WaveEvidence b) => new()
    {
        Healthy = a.Healthy + b.Healthy,
        Unhealthy = a.Unhealthy + b.Unhealthy,
        Unknown = a.Unknown + b.Unknown,
        Crashed = a.Crashed + b.Crashed,
        Erring = a.Erring + b.Erring,
        Detail = a.Detail.Length > 0 ? a.Detail : b.Detail,
    };
}
