using Fleet.Committing;
using Fleet.Resources;

namespace Fleet.Instances;

/// <summary>What follows for the instance when a change of it enters a phase. Pure.</summary>
internal static class Consequences
{
    /// <summary>Puts the change in its place; on entering a phase, that phase's consequences follow, once.</summary>
    public static Decision Follow(this Decision decision, ChangeState before, ChangeState after, Moment moment)
    {
        if (ReferenceEquals(before, after)) return decision;
        var next = decision.With(after);
        if (before.Astray != after.Astray) next = Strayed(next, after, moment);
        if (before.Phase == after.Phase) return next;
        return after.Phase switch
        {
            ChangePhase.Committed => Commit(next, after, moment),
            ChangePhase.RollingBack => TakeBack(next, after, moment),
            ChangePhase.RolledBack => RolledBack(next, after, moment),
            _ when after.CalledOff => CallOff(next, after, moment),
            ChangePhase.NeedsHuman when next.State.Stuck is null => (next with { State = next.State with { NeedsHuman = after.Id } }).End(after, moment),
            var phase when phase.IsTerminal() => next.End(after, moment),
            _ => next,
        };
    }

    /// <summary>What brought the instance here is taken back by one that never was in flight itself: the device did it alone, or later than anybody waited for.</summary>
    public static Decision Reconcile(this Decision decision, ChangeState committed, ChangeProgress told, Moment moment)
    {
        var point = decision.State.RestorePoints.LastOrDefault();
        var id = $"{committed.Id}-by-agent";
        if (point?.Change != (committed.Undoes == "" ? committed.Id : committed.Undoes) || decision.State.Find(id) is not null) return decision;

        var undone = new ChangeState
        {
            Id = id,
            Image = committed.Image,
            Patch = committed.Patch,
            Phase = ChangePhase.RolledBack,
            By = Agent(moment),
            Requested = moment.Now,
            Deadline = moment.Now,
            Ended = moment.Now,
            Target = point.Manifest,
            Undoes = point.Change,
            Owner = committed.Owner,
            ByAgent = told.ByAgent,
            Detail = told.Detail,
            RollbackTook = told.RollbackTook,
            RollbackWarm = told.RollbackWarm,
            History = [new(ChangePhase.RolledBack, moment.Now, told.Detail, told.Reason)],
        };
        // A change in flight stays the last one: it is what the lease and the deadline are about.
        var state = decision.State;
        var at = state.InFlight is null ? state.Changes.Length : state.Changes.Length - 1;
        return RolledBack(decision with { State = state with { Changes = state.Changes.Insert(at, undone) } }, undone, moment);
    }

    /// <summary>The device has let go of a change that had ended here before: it is told of the rollback that waited for that.</summary>
    public static Decision LetGo(this Decision decision, ChangeState ended, Moment moment)
    {
        if (decision.State.InFlight is not { Phase: ChangePhase.RollingBack } next)
            return decision.State.Lease?.Holder == ended.Id ? decision with { State = decision.State with { Lease = null } } : decision;
        if (next.Follows != ended.Id) return decision;

        var following = next with { Follows = "", Deadline = moment.Now + moment.Options.RollbackWithin };
        var state = decision.State.With(following) with { Lease = new(following.Id, following.Deadline) };
        return (decision with { State = state }).OrderBack(following, moment.Options.RollbackWithin, moment);
    }

    /// <summary>Has the device take back a change that it ran although it had been called off here; this one holds the instance meanwhile.</summary>
    public static Decision Retrieve(this Decision decision, ChangeState astray, Moment moment)
    {
        var change = astray.Backs.IsEmpty ? astray.AskedBack($"{astray.Id}-back") : astray;
        var next = decision with { State = decision.State.With(change) with { Lease = new(change.Id, moment.Now + moment.Options.RollbackWithin) } };
        return change.GoingBack(moment.Now) ? next : next.OrderBack(change, moment.Options.CommitWithin, moment, again: true);
    }

    private static Decision Strayed(Decision decision, ChangeState change, Moment moment)
    {
        var happening = change.Astray switch
        {
            Astray.Running => "astray",
            Astray.Reconciled => "reconciled",
            _ => "unreconciled",
        };
        var next = decision.Audit(change, happening, change.Astray == Astray.Running ? "engine" : Agent(moment), moment, change.History[^1].Detail);
        var free = next.State.InFlight is null && (next.State.Lease is not { } lease || lease.Holder == change.Id);
        return change.Astray == Astray.Running && free ? next.Retrieve(change, moment) : next;
    }

    private static Decision Commit(Decision decision, ChangeState change, Moment moment)
    {
        var state = decision.State;
        var point = new RestorePoint(change.Id, change.Image, change.Patch, state.Anchor, moment.Now);
        var anchored = decision with
        {
            State = state with
            {
                Anchor = change.Target,
                NeedsHuman = "",
                RestorePoints = [.. state.RestorePoints.Add(point).TakeLast(InstanceState.KeptRestorePoints)],
            },
        };
        return anchored.End(change, moment).Order(change, DirectiveKind.Commit, moment.Now + moment.Options.CommitWithin, moment, d => d);
    }

    private static Decision TakeBack(Decision decision, ChangeState change, Moment moment)
    {
        var next = decision with { State = decision.State with { Lease = new(change.Id, change.Deadline) } };
        if (change.Undoes == "") next = next.Audit(change, "rolling-back", Decider(change, moment), moment, change.Detail);
        var begunByDevice = change is { Undoes: "", Backs.IsEmpty: true };
        return begunByDevice || change.Follows != "" ? next : next.OrderBack(change, moment.Options.RollbackWithin, moment);
    }

    private static Decision RolledBack(Decision decision, ChangeState change, Moment moment)
    {
        var next = decision;
        var points = next.State.RestorePoints;
        if (change.Undoes != "")
        {
            if (points.LastOrDefault()?.Change == change.Undoes) points = points.RemoveAt(points.Length - 1);
            next = next with { State = next.State with { Anchor = change.Target, RestorePoints = points, NeedsHuman = "" } };
        }
        if (change.ByAgent)
            next = next.And(new Effect.Quarantine(change.Image, change.Patch, $"{moment.Id} took it back: {change.Reason} {change.Detail}".TrimEnd()));
        return next.End(change, moment);
    }

    /// <summary>
    /// It has ended for the engine, but the device may have begun meanwhile: it is told to go back, whenever it comes, and
    /// the change keeps the lease until the device answered, or its time is over.
    /// </summary>
    private static Decision CallOff(Decision decision, ChangeState change, Moment moment)
    {
        var ended = decision.End(change, moment);
        if (change.History.Any(h => h is { Phase: ChangePhase.Expired, Step: > 0 })) return ended;     // the device said so itself
        if (change.Backs.IsEmpty)
        {
            change = change.AskedBack($"{change.Id}-back");
            ended = ended.With(change);
        }
        foreach (var open in change.Directives.Where(d => d.Accepted is null)) ended = ended.And(new Effect.Withdraw(moment.Id.Resource, open.Directive));
        ended = ended with { State = ended.State with { Lease = new(change.Id, moment.Now + moment.Options.RollbackWithin) } };
        return ended.OrderBack(change, moment.Options.CommitWithin, moment);
    }

    private static Decision OrderBack(this Decision decision, ChangeState change, TimeSpan within, Moment moment, bool again = false) => decision.Order(
        change, DirectiveKind.RollBack, moment.Now + within, moment, d => d with
        {
            // To the device, taking back is a change of its own, under the name of whoever asked for it.
            Change = change.Undoes == "" ? change.Backs[0] : change.Id,
            Undoes = change.Undoes == "" ? change.Id : change.Undoes,
            Reason = change.Detail,
        }, again);

    /// <summary>Exactly one terminal record, and the lease goes.</summary>
    private static Decision End(this Decision decision, ChangeState change, Moment moment)
    {
        var evidence = $"{change.Detail}; {decision.State.Anchor.Line()}".TrimStart(';', ' ');
        var next = decision.Audit(change, "ended", Decider(change, moment), moment, evidence, terminal: true);
        return next.State.Lease?.Holder == change.Id ? next with { State = next.State with { Lease = null } } : next;
    }

    private static string Decider(ChangeState change, Moment moment) => change switch
    {
        { ByAgent: true } => Agent(moment),
        { BackBy: { Length: > 0 } by } => by,
        { Phase: ChangePhase.Rejected } => Agent(moment),
        { Undoes: { Length: > 0 } } => change.By,
        _ => "engine",
    };

    private static string Agent(Moment moment) => $"agent:{moment.Id.Resource}";
}
