namespace Fleet.Instances;

/// <summary>
/// What becomes of a change that needed a person, once another one follows it. A device begins a change only when the one
/// before is over there, and says how that went first: so what is in force is known when the next one is taken. Pure.
/// </summary>
internal static class Aftermath
{
    /// <summary>What the next change builds on.</summary>
    public static Manifest? InForce(InstanceState state, Moment moment)
    {
        if (state.Stuck is not { } stuck) return state.Anchor;
        var since = state.Changes.SkipWhile(c => c.Id != stuck.Id);
        // A device that stopped half-way itself may be on either side: what it reports decides.
        if (since.Any(c => c.History.Any(h => h is { Phase: ChangePhase.NeedsHuman, Step: > 0 })))
            return moment.Sight.Facts is { } facts ? facts.Observed : state.Anchor;
        return stuck.Undoes == "" && stuck.History.LastOrDefault(h => h.Step > 0) is { Phase: >= ChangePhase.Applied and <= ChangePhase.Committed }
            ? stuck.Target
            : state.Anchor;
    }

    /// <summary>The device took the next change: what was in force then is the anchor, with the way back from there.</summary>
    public static Decision Settle(this Decision decision, ChangeState next, Moment moment)
    {
        var state = decision.State;
        if (state.Stuck is not { } stuck || next.Undoes != "" || state.Changes.IndexOf(next) <= state.Changes.IndexOf(stuck)) return decision;

        var settled = decision with { State = state with { NeedsHuman = "" } };
        var found = InForce(state, moment);
        if (Equals(found, state.Anchor)) return settled.Audit(stuck, "settled", next.By, moment, $"{state.Anchor.Line()} stayed in force");

        var points = state.RestorePoints;
        if (stuck.Undoes == "") points = points.Add(new(stuck.Id, stuck.Image, stuck.Patch, state.Anchor, moment.Now));
        else if (points.LastOrDefault()?.Change == stuck.Undoes) points = points.RemoveAt(points.Length - 1);
        settled = settled with
        {
            State = settled.State with { Anchor = found, RestorePoints = [.. points.TakeLast(InstanceState.KeptRestorePoints)] },
        };
        return settled.Audit(stuck, "settled", next.By, moment, $"{found.Line()} is in force");
    }
}
