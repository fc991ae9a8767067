using System.Text.Json.Serialization;
using Fleet.Committing;
using Fleet.Engine.Storage;
using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>What is remembered of a shard: its last order, and where each of its targets stands.</summary>
[StateSchema(1)]
internal sealed record ShardState : Remembered
{
    /// <summary>Null until it has targets.</summary>
    public RolloutSpec? Spec { get; init; }
    public string Rollout { get; init; } = "";
    public int Shard { get; init; }
    public string By { get; init; } = "";
    public DateTimeOffset Requested { get; init; }
    public ShardOrder Order { get; init; } = new(0, ShardTask.Hold, 0, 0, "", "");
    public ImmutableArray<Target> Targets { get; init; } = [];
    public DateTimeOffset? LastDispatch { get; init; }

    /// <summary>Whether it may have something to do without being told.</summary>
    [JsonIgnore]
    public bool IsActive => Order.Number > 0 && (Order.Task is ShardTask.Dispatch or ShardTask.CatchUp || Targets.Any(t => t.IsOpen));

    [JsonIgnore]
    public ChangeOwner Owner => new(Rollout, Shard);
}

/// <summary>One instance that a rollout looked at.</summary>
internal sealed record Target
{
    public required InstanceId Instance { get; init; }
    public Labels Labels { get; init; } = Labels.None;

    /// <summary>From 1; 0 when it is left out.</summary>
    public int Wave { get; init; }
    public required TargetState State { get; init; }

    /// <summary>Why it is in or out, or what went wrong.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Which try this is, from 1; each is a change of its own.</summary>
    public int Attempt { get; init; }

    /// <summary>The instance's change; empty before the first dispatch.</summary>
    public string Change { get; init; } = "";

    /// <summary>Whether the instance is known to have taken the change. Between decision and answer nobody knows.</summary>
    public bool Sent { get; init; }

    /// <summary>It failed by itself, whatever became of it since.</summary>
    public bool Failed { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether its end is still to come.</summary>
    [JsonIgnore]
    public bool IsOpen => State is TargetState.Dispatched or TargetState.RollingBack;

    public string BackChange => $"{Change}.back";
}
