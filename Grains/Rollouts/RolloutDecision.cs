using Fleet.Audit;
using Fleet.Committing;

namespace Fleet.Rollouts;

/// <summary>What a decision about a rollout may know besides its state.</summary>
internal sealed record RolloutMoment(string Id, RolloutOptions Options, DateTimeOffset Now);

/// <summary>The next state of a rollout, and what is to be done about it.</summary>
internal sealed record RolloutDecision(RolloutState State, ImmutableArray<Effect> Effects)
{
    public RolloutDecision(RolloutState state) : this(state, []) { }

    public RolloutDecision And(params ImmutableArray<Effect> effects) => this with { Effects = Effects.AddRange(effects) };

    public RolloutDecision With(Func<RolloutState, RolloutState> change) => this with { State = change(State) };

    /// <summary>Tells all shards what they are to do from now on.</summary>
    public RolloutDecision Order(RolloutMoment moment, ShardTask task, int wave, string by, string reason, bool retry = false)
    {
        var order = new ShardOrder(State.Order.Number + 1, task, wave, State.Order.Retry + (retry ? 1 : 0), by, reason);
        return (this with { State = State with { Order = order } })
            .And([.. Enumerable.Range(0, State.Shards).Select(shard => new Effect.Order(moment.Id, shard, order))]);
    }

    /// <summary>Records what happened to the rollout; the number of its last order tells repeated happenings apart.</summary>
    public RolloutDecision Audit(RolloutMoment moment, string happening, string by, string reason = "", string evidence = "", bool terminal = false) => And(new Effect.Record(new AuditEntry
    {
        Id = $"rollout:{moment.Id}:{happening}:{State.Order.Number}",
        At = moment.Now,
        Actor = by == "" ? "engine" : by,
        Action = $"rollout.{happening}",
        Subject = $"rollout:{moment.Id}",
        Change = State.Reopened == 0 ? moment.Id : $"{moment.Id}-back{(State.Reopened == 1 ? "" : $"-{State.Reopened}")}",
        Reason = reason,
        Evidence = evidence,
        Outcome = Words.Of(State.Phase),
        Terminal = terminal,
    }));

    /// <summary>It has ended: exactly one terminal record, nothing more is dispatched, and what wasn't begun stays untouched.</summary>
    public RolloutDecision End(RolloutMoment moment, RolloutPhase phase, string by, string reason, string detail)
    {
        var ended = With(s => s with
        {
            Phase = phase,
            Reason = reason,
            Detail = detail,
            Deadline = null,
            BakesUntil = null,
            CatchesUpUntil = null,
            Ended = moment.Now,
            RollbackTook = s.BackSince is { } since ? moment.Now - since : s.RollbackTook,
        });
        return ended.And(new Effect.Leave(moment.Id)).Order(moment, ShardTask.End, 0, by, detail).Audit(moment, "ended", by, reason, detail, terminal: true);
    }
}
