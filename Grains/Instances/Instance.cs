using Fleet.Audit;
using Fleet.Committing;
using Fleet.Roster;

namespace Fleet.Instances;

/// <summary>What an instance makes of the facts that reach it. Pure: same state, same fact, same moment, same answer.</summary>
internal static class Instance
{
    /// <summary>The device reported a step of a change.</summary>
    public static Decision Told(InstanceState state, ChangeProgress told, Moment moment)
    {
        if (state.Find(told.Change) is not { } change) return Unordered(state, told, moment);

        var heard = Heard(new(state), change, told.Directive, moment);
        var before = heard.State.Find(change.Id)!;
        if (told.Change == change.Id && told.Phase is not (ChangePhase.Rejected or ChangePhase.Expired)) heard = heard.Settle(before, moment);
        var after = told.Change == change.Id ? Change.Told(before, told, moment) : Change.ToldBack(before, told, moment);
        var next = heard.Follow(before, after, moment);
        if (told.Phase == ChangePhase.RolledBack && (before.Phase == ChangePhase.NeedsHuman || (before.Phase == ChangePhase.Committed && told.ByAgent)))
            next = next.Reconcile(before, told, moment);
        if (before.Phase.IsTerminal() && told.Phase.IsTerminal()) next = next.LetGo(before, moment);
        return Look(next, moment);
    }

    /// <summary>The device answered a directive.</summary>
    public static Decision Answered(InstanceState state, DirectiveAnswer answer, Moment moment)
    {
        var change = state.Changes.LastOrDefault(c => c.Directives.Any(d => d.Directive == answer.Directive));
        if (change?.Directives.First(d => d.Directive == answer.Directive) is not { Accepted: null } entry) return new(state);

        var next = new Decision(state).Follow(change, Change.Answered(change, entry, answer, moment), moment)
            .And(new Effect.Withdraw(moment.Id.Resource, answer.Directive));
        // A device that is busy still runs what it is to take back: it is asked again when the lease's time is over.
        var lets = entry.Kind == Resources.DirectiveKind.RollBack && !answer.Accepted && next.State.Find(change.Id)!.Astray != Astray.Running;
        return lets ? next.LetGo(change, moment) : next;
    }

    /// <summary>Time passed, or the device reported how it is.</summary>
    public static Decision Looked(InstanceState state, Moment moment) => Look(new(state), moment);

    /// <summary>People say something else of it.</summary>
    public static Decision Labelled(InstanceState state, Labels labels, string by, Moment moment) => labels.Equals(state.Labels)
        ? new(state)
        : new(state with { Labels = labels },
        [
            new Effect.Record(new AuditEntry
            {
                Id = $"{moment.Id}:labels:{moment.Now.UtcTicks}",
                At = moment.Now,
                Actor = by,
                Action = "instance.labelled",
                Subject = moment.Id.ToString(),
                Evidence = $"{state.Labels} -> {labels}",
                Outcome = "LABELLED",
            }),
        ]);

    /// <summary>Someone who changes nothing wants the lease, so that nobody else changes anything; null while another has it.</summary>
    public static Decision? Lent(InstanceState state, LeaseRequest request, Moment moment)
    {
        var looked = Looked(state, moment);
        if (looked.State.InFlight is not null || (looked.State.Lease is { } lease && lease.Holder != request.Holder)) return null;
        var lent = new Lease(request.Holder, request.Until);
        return lent == looked.State.Lease ? looked : looked with { State = looked.State with { Lease = lent } };
    }

    /// <summary>Such a holder gives it back.</summary>
    public static Decision Returned(InstanceState state, string holder) =>
        new(state.Lease?.Holder == holder && state.Find(holder) is null ? state with { Lease = null } : state);

    /// <summary>Has the roster told what selectors need to know, when that changed.</summary>
    public static Decision Listed(InstanceState before, Decision decision, Moment moment)
    {
        var next = decision.State;
        if (next.Changes.IsEmpty && next.Labels.Equals(Labels.None)) return decision;
        if (before.Listed > 0 && Equals(before.Anchor, next.Anchor) && before.Labels.Equals(next.Labels)) return decision;
        var listed = next with { Listed = before.Listed + 1 };
        return (decision with { State = listed }).And(new Effect.List(new RosterEntry
        {
            Id = moment.Id,
            Version = listed.Listed,
            Manifest = listed.Anchor,
            Labels = listed.Labels,
        }));
    }

    /// <summary>When it must be looked at again; null when it waits for nothing.</summary>
    public static DateTimeOffset? Deadline(InstanceState state, Sight sight) =>
        (state.InFlight?.Deadline ?? state.Lease?.Until) is { } at ? sight.Due(at) : null;

    private static Decision Look(Decision decision, Moment moment)
    {
        var state = decision.State;
        if (state.InFlight is { } change) return decision.Follow(change, Change.Looked(change, moment), moment);
        var next = state.Lease is { } lease && moment.Now >= lease.Until ? decision with { State = state with { Lease = null } } : decision;
        return next.State is { Lease: null } free && free.Changes.LastOrDefault(c => c.Astray == Astray.Running) is { } astray && !astray.GoingBack(moment.Now)
            ? next.Retrieve(astray, moment)
            : next;
    }

    // Progress says that its directive arrived, even if the answer hasn't come yet.
    private static Decision Heard(Decision decision, ChangeState change, string directive, Moment moment)
    {
        if (change.Directives.FirstOrDefault(d => d.Directive == directive) is not { Accepted: null } entry) return decision;
        var heard = change with { Directives = change.Directives.Replace(entry, entry with { Accepted = true }) };
        return decision.With(heard).And(new Effect.Withdraw(moment.Id.Resource, directive));
    }

    // Recorded for people, and ignored: nobody here asked for it.
    private static Decision Unordered(InstanceState state, ChangeProgress told, Moment moment) => state.Unordered >= InstanceState.MostUnordered ? new(state) : new(
        state with { Unordered = state.Unordered + 1 },
    [
        new Effect.Record(new AuditEntry
        {
            Id = $"{moment.Id}:{told.Change}:unordered:{told.Step}",
            At = moment.Now,
            Actor = $"agent:{moment.Id.Resource}",
            Action = "change.unordered",
            Subject = moment.Id.ToString(),
            Change = told.Change,
            Reason = told.Reason,
            Evidence = told.Detail,
            Outcome = Words.Of(told.Phase),
        }),
    ]);
}
