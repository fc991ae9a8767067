using Fleet.Audit;
using Fleet.Committing;
using Fleet.Resources;

namespace Fleet.Instances;

/// <summary>A decision about a request, with the answer to whoever asked.</summary>
internal sealed record Reply(Decision Decision, ChangeAnswerKind Kind, ChangeState? Change, string Reason = "", string Detail = "");

/// <summary>What an instance makes of requests to change it. Pure.</summary>
internal static class Requests
{
    /// <summary>Someone asks for a patch to be applied.</summary>
    public static Reply Apply(InstanceState asked, Offer offer, Moment moment)
    {
        var request = offer.Request;
        if (asked.Find(request.Change) is { } known)
        {
            return known.Id == request.Change && known.Undoes == "" && known.Patch == request.Patch && known.Image == request.Image
                ? new(new(asked), ChangeAnswerKind.Accepted, known)
                : Taken(asked, request.Change);
        }

        var looked = Instance.Looked(asked, moment);     // a holder that is out of time loses the lease now
        // Whatever else holds the instance: it is the device that is waited for.
        if (request.OnlyWhenSeen && !offer.Connected) return new(looked, ChangeAnswerKind.Offline, null, "OFFLINE", "the agent is not connected");
        if (request.OnlyWhenSeen && moment.Sight.Fresh(moment.Now) is null)
            return new(looked, ChangeAnswerKind.Offline, null, "OFFLINE", moment.Sight.Facts is null ? "no report from the device yet" : $"no report from the device since {moment.Sight.At:u}");
        if (Held(looked.State, moment.Now) is { } lease) return Busy(looked, lease);
        if (request.BeginBefore <= moment.Now) return new(looked, ChangeAnswerKind.Busy, null, "PERMIT_OVER", $"the permit to begin it ended at {request.BeginBefore:u}");
        if (offer.Ahead is { } ahead) return new(looked, ChangeAnswerKind.Busy, null, "BUSY", $"change '{ahead}' is more urgent and waits for the instance");

        var admitted = Admission.Judge(Aftermath.InForce(looked.State, moment), offer);
        return admitted.Manifest is { } target
            ? Start(looked, offer, target, moment)
            : new(Refused(looked, request, admitted, moment), admitted.Kind, null, admitted.Reason, admitted.Detail);
    }

    private static Reply Start(Decision decision, Offer offer, Manifest target, Moment moment)
    {
        var request = offer.Request;
        var change = new ChangeState
        {
            Id = request.Change,
            Image = request.Image,
            Patch = request.Patch,
            Phase = ChangePhase.Requested,
            By = request.By,
            Requested = moment.Now,
            Deadline = moment.Now + request.Within,
            Target = target,
            Reversible = offer.Patch!.Reversible,
            Owner = request.Owner,
            Trace = request.Trace,
            Detail = request.Reason,
            History = [new(ChangePhase.Requested, moment.Now, request.Reason)],
        };
        var next = decision with
        {
            State = decision.State.With(change) with
            {
                Lease = new(change.Id, change.Deadline + moment.Options.RollbackWithin),
                Unordered = 0,
            },
        };
        // The record is stored with the order, and goes first; begun so late that it can't be verified in time, it is not begun at all.
        next = next
            .Audit(change, "requested", change.By, moment, $"{change.Patch}: {decision.State.Anchor.Line()} -> {target.Line()}")
            .Order(change, DirectiveKind.Apply, change.Deadline - request.Bake - request.KeepOld, moment, d => d with
            {
                Envelope = offer.Patch.Envelope,
                Expected = target,
                Bake = request.Bake,
                KeepOld = request.KeepOld,
            });
        return new(next, ChangeAnswerKind.Accepted, next.State.Last);
    }

    /// <summary>Someone asks for a change to be taken back. It comes before any change in flight.</summary>
    public static Reply RollBack(InstanceState asked, RollBack request, Moment moment)
    {
        if (asked.Find(request.Change) is { } known)
            return known.Id == request.Change && known.Undoes == "" ? Taken(asked, request.Change) : new(new(asked), ChangeAnswerKind.Accepted, known);

        var looked = Instance.Looked(asked, moment);
        var inFlight = looked.State.InFlight;
        if (inFlight is not null && (request.Undoes == "" || request.Undoes == inFlight.Id))
        {
            if (inFlight.Undoes != "") return Busy(looked, looked.State.Lease!);
            var back = Change.TakeBack(inFlight, request.Change, request.By, "ROLLED_BACK_BY_OPERATOR", request.Reason, moment);
            var next = looked.Follow(inFlight, back, moment);
            return new(next, ChangeAnswerKind.Accepted, next.State.Find(inFlight.Id));
        }

        var (point, reason, detail) = Restore.Find(looked.State, request.Undoes);
        if (point is null) return new(looked, reason == "CHANGE_UNKNOWN" ? ChangeAnswerKind.NotFound : ChangeAnswerKind.Refused, null, reason, detail);
        if (inFlight is not null && !inFlight.Untouched) return Busy(looked, looked.State.Lease!);
        if (looked.State.Lease is { } held && looked.State.Find(held.Holder) is null) return Busy(looked, held);     // lent to someone who changes nothing
        return Begin(looked, point, request, moment);
    }

    private static Reply Begin(Decision decision, RestorePoint point, RollBack request, Moment moment)
    {
        var next = decision;
        if (next.State.InFlight is { } other)
        {
            var overtaken = Change.End(other.AskedBack($"{other.Id}-back"), ChangePhase.Superseded, "SUPERSEDED", $"rollback '{request.Change}' comes first", moment);
            next = next.Follow(other, overtaken, moment);
        }

        var asked = new ChangeState
        {
            Id = request.Change,
            Image = point.Image,
            Patch = point.Patch,
            Phase = ChangePhase.Requested,
            By = request.By,
            Requested = moment.Now,
            Deadline = moment.Now + moment.Options.RollbackWithin,
            Target = point.Manifest,
            Undoes = point.Change,
            Owner = request.Owner,
            Trace = request.Trace,
            Follows = decision.State.InFlight?.Id ?? "",     // a device that goes back already would answer that it is busy
            Detail = request.Reason,
            History = [new(ChangePhase.Requested, moment.Now, request.Reason)],
        };
        var rolling = asked with
        {
            Phase = ChangePhase.RollingBack,
            History = asked.History.Add(new(ChangePhase.RollingBack, moment.Now, $"back to {point.Manifest.Line()}")),
        };
        next = next.With(asked).Audit(asked, "requested", asked.By, moment, $"takes back {asked.Undoes}").Follow(asked, rolling, moment);
        return new(next, ChangeAnswerKind.Accepted, next.State.Last);
    }

    /// <summary>Whoever holds the instance now.</summary>
    private static Lease? Held(InstanceState state, DateTimeOffset now) => state.Lease is { } lease && now < lease.Until ? lease
        : state.InFlight is { } change ? new(change.Id, change.Deadline) : null;

    private static Reply Busy(Decision decision, Lease lease)
    {
        var change = decision.State.Find(lease.Holder);
        var holder = change is null ? $"hold '{lease.Holder}' keeps the instance" : $"change '{lease.Holder}' ({Words.Of(change.Phase)}) holds the instance";
        return new(decision, ChangeAnswerKind.Busy, change, "BUSY", $"{holder} until {lease.Until:u} at the latest");
    }

    private static Reply Taken(InstanceState state, string change) =>
        new(new(state), ChangeAnswerKind.Refused, null, "CHANGE_ID_TAKEN", $"'{change}' already names another change");

    // A refusal changes nothing but is on record. A patch that isn't there leaves no trace: anybody can name one.
    private static Decision Refused(Decision decision, ApplyPatch request, Admitted admitted, Moment moment) => admitted.Kind == ChangeAnswerKind.NotFound
        ? decision
        : decision.And(new Effect.Record(new AuditEntry
        {
            Id = $"{moment.Id}:{request.Change}:refused:{admitted.Reason}",
            At = moment.Now,
            Actor = request.By,
            Action = "change.refused",
            Subject = moment.Id.ToString(),
            Change = request.Change,
            Reason = admitted.Reason,
            Evidence = admitted.Detail,
            Outcome = "REFUSED",
        }));
}
