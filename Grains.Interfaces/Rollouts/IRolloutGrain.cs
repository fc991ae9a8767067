namespace Fleet.Rollouts;

/// <summary>Brings one patch to its targets, wave by wave; halts when they get worse, and takes it back.</summary>
[Alias("fleet.rollout")]
public interface IRolloutGrain : IGrainWithStringKey
{
    /// <summary>Starts the rollout. Safe to repeat with the same content; another content is refused.</summary>
    [Alias("create")] Task<RolloutAnswer> Create(RolloutSpec spec, string by);

    /// <summary>Pauses, resumes, stops, kills, rolls back or retries. Safe to repeat: what is so already stays so.</summary>
    [Alias("control")] Task<RolloutAnswer> Control(RolloutControl control);

    /// <summary>A shard says how its targets are doing now. One that is older than what is known changes nothing.</summary>
    [Alias("report"), OneWay] Task Report(ShardReport report);

    /// <summary>The rollout, or null when there is none of this name.</summary>
    [Alias("show"), ReadOnly] Task<RolloutView?> Show();

    /// <summary>Targets in the order of the waves, then those left out; at most 1000.</summary>
    /// <param name="from">Position of the first; 0 begins.</param>
    /// <param name="state">Unspecified is any.</param>
    [Alias("targets"), ReadOnly] Task<TargetPage> Targets(int from, int count, TargetState state);

    /// <summary>Tells the watcher of every change of the view, until <see cref="Unwatch"/> or five minutes without renewal. Null when there is none of this name.</summary>
    [Alias("watch")] Task<RolloutView?> Watch(IRolloutWatcher watcher);

    [Alias("unwatch")] Task Unwatch(IRolloutWatcher watcher);
}

/// <summary>Is told when a rollout changed.</summary>
[Alias("fleet.rollout-watcher")]
public interface IRolloutWatcher : IGrainObserver
{
    [Alias("changed")] Task Changed(RolloutView rollout);
}

/// <summary>Says what a rollout would do; keeps nothing.</summary>
[Alias("fleet.planner")]
public interface IPlannerGrain : IGrainWithStringKey
{
    /// <param name="rollout">The rollout's id decides which target is in which wave.</param>
    [Alias("plan")] Task<RolloutPlan> Plan(string rollout, RolloutSpec spec);
}

public enum RolloutAnswerKind
{
    /// <summary>It is so, or was already: see the view.</summary>
    Accepted,

    /// <summary>Refused and nothing changed: reason and detail say why.</summary>
    Refused,
    NotFound,
}

[GenerateSerializer, Immutable, Alias("fleet.rollout-answer")]
public sealed record RolloutAnswer(
    [property: Id(0)] RolloutAnswerKind Kind,
    [property: Id(1)] RolloutView? Rollout,
    [property: Id(2)] string Reason = "",
    [property: Id(3)] string Detail = "");

public enum RolloutVerb
{
    /// <summary>No new dispatch until resumed.</summary>
    Pause = 1,
    Resume = 2,

    /// <summary>No new dispatch; changes in flight end as they will.</summary>
    Stop = 3,

    /// <summary>No new dispatch; changes in flight are taken back.</summary>
    Kill = 4,

    /// <summary>All that was changed is taken back.</summary>
    RollBack = 5,

    /// <summary>Failed targets are tried again.</summary>
    Retry = 6,
}

[GenerateSerializer, Immutable, Alias("fleet.rollout-control")]
public sealed record RolloutControl(
    [property: Id(0)] RolloutVerb Verb,
    [property: Id(1)] string By,
    [property: Id(2)] string Reason = "");

public static class RolloutGrains
{
    /// <summary>A shard has at most so many instances.</summary>
    public const int ShardSize = 1000;

    public static IRolloutGrain Rollout(this IGrainFactory grains, string rollout) => grains.GetGrain<IRolloutGrain>(rollout);

    public static IRolloutShardGrain RolloutShard(this IGrainFactory grains, string rollout, int shard) =>
        grains.GetGrain<IRolloutShardGrain>($"{rollout}/{shard}");

    /// <summary>Any planner does: it keeps nothing. Plans of different images don't wait for each other.</summary>
    public static IPlannerGrain Planner(this IGrainFactory grains, string image) => grains.GetGrain<IPlannerGrain>(image);
}
