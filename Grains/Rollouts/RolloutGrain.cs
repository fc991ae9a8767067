using Fleet.Audit;
using Fleet.Committing;
using Fleet.Images;
using Fleet.Scheduling;
using Fleet.Telemetry;
using Microsoft.Extensions.Options;

namespace Fleet.Rollouts;

/// <summary>Finds a rollout's targets, hears of them through its shards, asks <see cref="Rollout"/> what to do, and commits it.</summary>
[GrainType("rollout")]
internal sealed partial class RolloutGrain(
    [PersistentState("rollout", "fleet")] IPersistentState<RolloutState> stored,
    IOutlet outlet,
    Planner planner,
    FleetInstruments instruments,
    IOptions<RolloutOptions> options,
    TimeProvider time,
    ILogger<RolloutGrain> log) : Grain, IRolloutGrain, IDueTarget
{
    /// <summary>So often an active rollout asks its shards itself: their reports are hints that may be lost.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    private readonly Watchers<IRolloutWatcher, RolloutView> watchers = new((watcher, view) => watcher.Changed(view));
    private readonly SortedDictionary<int, ShardReport> reports = [];
    private Commitments<RolloutState> commitments = null!;

    private string Id => this.GetPrimaryKeyString();
    private RolloutMoment Now => new(Id, options.Value, time.GetUtcNow());
    private Tally Tally => Tally.Of(reports.Values, stored.State.Shards, stored.State.Order.Number);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, Deadline, DeactivateOnIdle, time, log);
        await commitments.Resume();
        await Gather();
    }

    public async Task<RolloutAnswer> Create(RolloutSpec spec, string by)
    {
        if (stored.State.Spec is null)
        {
            var planned = await planner.Plan(Id, spec);
            if (planned.Plan.Refusal != "") return await Refuse(spec, by, planned.Plan);
            await Commit(Rollout.Begin(spec, by, Now));
            await Enlist(planned);
        }
        else if (!stored.State.Spec.Equals(spec))
        {
            return new(RolloutAnswerKind.Refused, null, "ROLLOUT_EXISTS", $"rollout '{Id}' exists with another content: choose another id");
        }
        else if (stored.State.Phase == RolloutPhase.Planning)
        {
            await Plan();
        }
        return Answer(RolloutAnswerKind.Accepted);
    }

    public async Task<RolloutAnswer> Control(RolloutControl control)
    {
        if (stored.State.Spec is not { } spec) return new(RolloutAnswerKind.NotFound, null, "ROLLOUT_UNKNOWN", $"there is no rollout '{Id}'");
        var patch = control.Verb is RolloutVerb.Resume or RolloutVerb.Retry ? await GrainFactory.Image(spec.Image).Patch(spec.Patch) : null;
        var controlled = Controls.Take(stored.State, control, patch is { Quarantined: true } ? patch.QuarantineReason : null, Now);
        await Commit(controlled.Decision);
        return Answer(controlled.Kind, controlled.Reason, controlled.Detail);
    }

    public Task Report(ShardReport report)
    {
        if (reports.TryGetValue(report.Shard, out var known) && known.Version >= report.Version) return Task.CompletedTask;
        reports[report.Shard] = report;
        return Look(told: true);
    }

    public Task<RolloutView?> Show() => Task.FromResult(View());

    public async Task<TargetPage> Targets(int from, int count, TargetState state)
    {
        var found = ImmutableArray.CreateBuilder<TargetView>();
        for (var at = from; at / RolloutGrains.ShardSize < stored.State.Shards;)
        {
            var shard = at / RolloutGrains.ShardSize;
            var targets = await GrainFactory.RolloutShard(Id, shard).Targets();
            for (var i = at % RolloutGrains.ShardSize; i < targets.Length; i++)
            {
                if (state != TargetState.Unspecified && targets[i].State != state) continue;
                if (found.Count == Math.Min(count, RolloutGrains.ShardSize)) return new(found.ToImmutable(), (shard * RolloutGrains.ShardSize) + i);
                found.Add(targets[i]);
            }
            at = (shard + 1) * RolloutGrains.ShardSize;
        }
        return new(found.ToImmutable(), null);
    }

    public Task<RolloutView?> Watch(IRolloutWatcher watcher)
    {
        if (stored.State.Spec is not null) watchers.Add(watcher, time.GetUtcNow());
        return Task.FromResult(View());
    }

    public Task Unwatch(IRolloutWatcher watcher)
    {
        watchers.Remove(watcher);
        return Task.CompletedTask;
    }

    public async Task Due()
    {
        if (stored.State.Phase == RolloutPhase.Planning && time.GetUtcNow() < stored.State.Deadline) await Plan();
        if (stored.State.IsActive) await Gather();
        await Look();
        await commitments.Settle();
    }

    private DateTimeOffset? Deadline(RolloutState state)
    {
        var poll = state.IsActive ? time.GetUtcNow() + Poll : default(DateTimeOffset?);
        var deadline = Rollout.Deadline(state);
        return deadline < poll ? deadline : poll ?? deadline;
    }

    /// <summary>Finds the targets, after a start or a crash that came between asking for it and finding them.</summary>
    private async Task Plan() => await Enlist(await planner.Plan(Id, stored.State.Spec!));

    // The shards first: until they get an order, they take other targets in the place of these.
    private async Task Enlist(Planned planned)
    {
        var state = stored.State;
        var rolls = planned.Targets.Chunk(RolloutGrains.ShardSize).Select((targets, shard) => new ShardRoll
        {
            Rollout = Id,
            Shard = shard,
            Spec = state.Spec!,
            By = state.By,
            Requested = state.Requested,
            Targets = [.. targets],
        }).ToArray();
        await Task.WhenAll(rolls.Select(roll => GrainFactory.RolloutShard(Id, roll.Shard).Enlist(roll)));
        await Commit(Rollout.Plan(state, planned.Plan, rolls.Length, Now));
    }

    // Nothing is kept of it but the record.
    private async Task<RolloutAnswer> Refuse(RolloutSpec spec, string by, RolloutPlan plan)
    {
        await commitments.Commit(stored.State, new Effect.Record(new AuditEntry
        {
            Id = $"rollout:{Id}:refused:{plan.Refusal}",
            At = time.GetUtcNow(),
            Actor = by,
            Action = "rollout.refused",
            Subject = $"rollout:{Id}",
            Change = Id,
            Reason = plan.Refusal,
            Evidence = $"patch {spec.Patch} of {spec.Image}: {plan.RefusalDetail}",
            Outcome = "REFUSED",
        }));
        return new(RolloutAnswerKind.Refused, null, plan.Refusal, plan.RefusalDetail);
    }

    private async Task Gather()
    {
        var shards = Enumerable.Range(0, stored.State.Shards).Select(shard => GrainFactory.RolloutShard(Id, shard).Show());
        foreach (var report in await Task.WhenAll(shards)) reports[report.Shard] = report;
    }

    private async Task Look(bool told = false)
    {
        WaveEvidence? evidence = null;
        if (Rollout.IsToBeJudged(stored.State, time.GetUtcNow()))
        {
            evidence = await Evidence();
            await Gather();     // who came back since the last report isn't verified yet
        }

        await Commit(Rollout.Look(stored.State, Tally, evidence, Now), told);
    }

    private async Task<WaveEvidence> Evidence()
    {
        var seen = await Task.WhenAll(Enumerable.Range(0, stored.State.Shards).Select(shard => GrainFactory.RolloutShard(Id, shard).Evidence(stored.State.Wave)));
        return seen.Aggregate(new WaveEvidence(), (a, b) => a + b);
    }

    private async Task Commit(RolloutDecision decision, bool told = false)
    {
        var before = stored.State;
        await commitments.Commit(decision.State, decision.Effects);
        var after = stored.State;
        if (before.Phase != after.Phase)
        {
            instruments.Entered(after.Phase, after.Requested, time.GetUtcNow());
            ChangeTraces.Told(Id, after, time.GetUtcNow());
            LogPhase(Id, before.Phase, after.Phase, after.Wave, after.Detail);
            if (after.Phase == RolloutPhase.NeedsHuman) LogNeedsHuman(Id, after.Reason, after.Detail);
            if (after.Phase.IsTerminal()) await Gather();     // whoever hears of the end hears what became of all
        }
        if ((told || !ReferenceEquals(before, after)) && watchers.Any && View() is { } view) watchers.Tell(view, time.GetUtcNow());
    }

    private RolloutView? View() => stored.State.View(Id, Tally);

    private RolloutAnswer Answer(RolloutAnswerKind kind, string reason = "", string detail = "") => new(kind, View(), reason, detail);

    [LoggerMessage(LogLevel.Information, "Rollout {Rollout} went from {Before} to {After} at wave {Wave}: {Detail}")]
    private partial void LogPhase(string rollout, RolloutPhase before, RolloutPhase after, int wave, string detail);

    [LoggerMessage(LogLevel.Error, "Rollout {Rollout} needs a person: {Reason} {Detail}")]
    private partial void LogNeedsHuman(string rollout, string reason, string detail);
}
