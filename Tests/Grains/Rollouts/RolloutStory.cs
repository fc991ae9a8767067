using Fleet.Audit;
using Fleet.Committing;
using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Tests.Rollouts;

/// <summary>One rollout with its shards, told fact by fact, without any grain.</summary>
internal sealed class RolloutStory
{
    private readonly List<Effect> effects = [];
    private readonly Dictionary<InstanceId, ChangeView> changes = [];

    public RolloutStory(int targets, Func<RolloutSpec, RolloutSpec>? spec = null, int shardSize = 3)
    {
        var wanted = new RolloutSpec { Image = "web", Patch = "fix" };
        Spec = spec?.Invoke(wanted) ?? wanted;
        Take(Rollout.Begin(Spec, "ada", Moment));
        var waves = Waves.Plan(Spec, targets);
        var all = Enumerable.Range(0, targets).Select(i => new ShardTarget(
            new TargetView { Instance = new($"edge-{i}", "web"), State = TargetState.Pending, Reason = "runs 1.0", Wave = Waves.Of(waves, i) }, Labels.None)).ToArray();
        Shards = [.. all.Chunk(shardSize).Select((chunk, i) => Shard.Enlist(new(), new ShardRoll
        {
            Rollout = "r",
            Shard = i,
            Spec = Spec,
            By = "ada",
            Requested = Now,
            Targets = [.. chunk],
        }))];
        Take(Rollout.Plan(State, new RolloutPlan { Waves = waves, Targets = [.. all.Select(t => t.Target)] }, Shards.Length, Moment));
    }

    public RolloutSpec Spec { get; }
    public RolloutState State { get; private set; } = new();
    public ShardState[] Shards { get; private set; } = [];
    public DateTimeOffset Now { get; private set; } = Sample.Noon;
    public RolloutOptions Options { get; } = new();
    public bool Held { get; private set; }

    public RolloutMoment Moment => new("r", Options, Now);
    public Tally Tally => Tally.Of([.. Shards.Select((s, i) => Shard.Report(s, 1, "", new Dictionary<InstanceId, string>()))], Shards.Length, State.Order.Number);
    public IEnumerable<Target> Targets => Shards.SelectMany(s => s.Targets);
    public IEnumerable<AuditEntry> Records => effects.OfType<Effect.Record>().Select(r => r.Entry);
    public IReadOnlyList<Effect> Effects => effects;

    public void Pass(TimeSpan time) => Now += time;

    public RolloutStory Look(WaveEvidence? evidence = null)
    {
        Take(Rollout.Look(State, Tally, evidence ?? Good(), Moment));
        return this;
    }

    public RolloutAnswerKind Control(RolloutVerb verb, string? quarantined = null)
    {
        var controlled = Controls.Take(State, new(verb, "ada"), quarantined, Moment);
        Take(controlled.Decision);
        return controlled.Kind;
    }

    /// <summary>All that may be dispatched to are, and their changes begin.</summary>
    public RolloutStory Dispatch(int most = int.MaxValue)
    {
        for (var i = 0; i < Shards.Length; i++)
        {
            var ids = Shard.Candidates(Shards[i]).Take(most).Select(t => t.Instance).ToHashSet();
            if (ids.Count == 0) continue;
            Shards[i] = Shard.Intend(Shards[i], ids, Now);
            var answers = Shards[i].Targets.Where(t => ids.Contains(t.Instance)).ToDictionary(t => t.Instance, t => new ChangeAnswer(ChangeAnswerKind.Accepted, Change(t, ChangePhase.Requested)));
            Shards[i] = Shard.Answered(Shards[i], answers, Now);
        }
        return this;
    }

    /// <summary>The changes in flight of these targets come to this phase.</summary>
    public RolloutStory Become(ChangePhase phase, Func<Target, bool>? which = null, bool byAgent = false)
    {
        for (var i = 0; i < Shards.Length; i++)
        {
            var moved = Shards[i].Targets.Where(t => t.State == TargetState.Dispatched && (which?.Invoke(t) ?? true))
                .ToDictionary(t => t.Instance, t => ImmutableArray.Create(Change(t, phase) with { ByAgent = byAgent, Reason = phase == ChangePhase.Failed ? "PROBE_FAILED" : "" }));
            Shards[i] = Shard.Moved(Shards[i], moved, Now);
        }
        return this;
    }

    /// <summary>What is to be taken back is.</summary>
    public RolloutStory GoBack(ChangePhase phase = ChangePhase.RolledBack)
    {
        for (var i = 0; i < Shards.Length; i++)
        {
            var back = Shards[i].Targets.Where(t => t.State == TargetState.RollingBack).ToDictionary(
                t => t.Instance, t => ImmutableArray.Create(Change(t, phase) with { Id = t.Failed ? t.Change : t.BackChange, Undoes = t.Failed ? "" : t.Change }));
            Shards[i] = Shard.Moved(Shards[i], back, Now);
        }
        return this;
    }

    public static WaveEvidence Good() => new() { Healthy = 1 };

    private ChangeView Change(Target target, ChangePhase phase) => changes[target.Instance] = new()
    {
        Id = target.Change,
        Instance = target.Instance,
        Patch = "fix",
        Phase = phase,
        By = "rollout:r",
        Requested = Now,
        Deadline = Now,
    };

    private void Take(RolloutDecision decision)
    {
        State = decision.State;
        effects.AddRange(decision.Effects);
        foreach (var effect in decision.Effects)
        {
            if (effect is Effect.Order order) Shards[order.Shard] = Shard.Ordered(Shards[order.Shard], order.What, Now);
            if (effect is Effect.Hold or Effect.Leave) Held = true;
            if (effect is Effect.Admit) Held = false;
        }
    }
}
