using Fleet.Committing;

namespace Fleet.Rollouts;

/// <summary>A decision about what a person asks of a rollout, with the answer.</summary>
internal sealed record Controlled(RolloutDecision Decision, RolloutAnswerKind Kind, string Reason = "", string Detail = "");

/// <summary>What people may do with a rollout: each from every phase where it makes sense, and safe to repeat. Pure.</summary>
internal static class Controls
{
    /// <param name="quarantined">Why its patch is quarantined; null when it isn't.</param>
    public static Controlled Take(RolloutState state, RolloutControl asked, string? quarantined, RolloutMoment moment) => (asked.Verb, state.Phase) switch
    {
        (RolloutVerb.Pause, RolloutPhase.Paused) => Done(state),
        (RolloutVerb.Pause, RolloutPhase.Waiting or RolloutPhase.Dispatching or RolloutPhase.Baking) =>
            new(Rollout.Pause(state, asked.By, "PAUSED_BY_OPERATOR", Why("paused", asked), moment), RolloutAnswerKind.Accepted),

        (RolloutVerb.Resume, RolloutPhase.Waiting or RolloutPhase.Dispatching or RolloutPhase.Baking) => Done(state),
        (RolloutVerb.Resume, RolloutPhase.Paused) => Resume(state, asked, quarantined, retry: false, moment),
        (RolloutVerb.Resume, RolloutPhase.Halted) => Refuse(state, "HALTED", "it has failed: retry it, roll it back, or stop it"),

        (RolloutVerb.Retry, RolloutPhase.Paused or RolloutPhase.Halted) => Resume(state, asked, quarantined, retry: true, moment),
        (RolloutVerb.Retry, _) when !state.Phase.IsTerminal() => Refuse(state, "NOT_WAITING", $"it is {Words.Of(state.Phase)}: only a rollout that is paused or halted can be retried"),

        (RolloutVerb.Stop or RolloutVerb.Kill, RolloutPhase.Succeeded) when state.CatchesUpUntil is not null =>
            new(Rollout.CaughtUp(state, Why("those that were offline don't catch up: stopped", asked), asked.By, moment), RolloutAnswerKind.Accepted),
        (RolloutVerb.Stop, RolloutPhase.Stopping or RolloutPhase.Stopped) => Done(state),
        (RolloutVerb.Kill, RolloutPhase.Stopped) => Done(state),
        (RolloutVerb.Kill, RolloutPhase.Stopping) when state.Order.Task == ShardTask.Abandon => Done(state),
        (RolloutVerb.Stop or RolloutVerb.Kill, RolloutPhase.Planning) =>
            new(new RolloutDecision(state).End(moment, RolloutPhase.Stopped, asked.By, "STOPPED_BY_OPERATOR", Why("stopped", asked)), RolloutAnswerKind.Accepted),
        (RolloutVerb.Stop or RolloutVerb.Kill, RolloutPhase.RollingBack) =>
            Refuse(state, "ROLLING_BACK", "it is being taken back: a rollout that stopped half-way back would leave instances changed"),
        (RolloutVerb.Stop, _) when !state.Phase.IsTerminal() => Stop(state, asked, ShardTask.Hold, "stopped", "STOPPED_BY_OPERATOR", moment),
        (RolloutVerb.Kill, _) when !state.Phase.IsTerminal() => Stop(state, asked, ShardTask.Abandon, "killed", "KILLED_BY_OPERATOR", moment),

        (RolloutVerb.RollBack, RolloutPhase.RollingBack or RolloutPhase.RolledBack) => Done(state),
        (RolloutVerb.RollBack, RolloutPhase.Planning) => Refuse(state, "NOT_BEGUN", "it looks for its targets and has changed nothing: stop it"),
        (RolloutVerb.RollBack, RolloutPhase.Refused) => Refuse(state, "NOT_BEGUN", "it was refused and has changed nothing"),
        (RolloutVerb.RollBack, _) => RollBack(state, asked, moment),

        _ => Refuse(state, "ROLLOUT_ENDED", $"it has ended: {Words.Of(state.Phase)}"),
    };

    private static Controlled Resume(RolloutState state, RolloutControl asked, string? quarantined, bool retry, RolloutMoment moment)
    {
        if (quarantined is not null)
            return Refuse(state, "PATCH_QUARANTINED", $"its patch is quarantined: {quarantined}; lift the quarantine first if that was wrong");
        var resumed = new RolloutDecision(state).Audit(moment, retry ? "retried" : "resumed", asked.By, "", asked.Reason).And(new Effect.Admit(state.Applicant(moment.Id)));
        return new(Rollout.Open(resumed, state.Wave, moment, Why(retry ? "failed ones are tried again" : "resumed", asked), retry), RolloutAnswerKind.Accepted);
    }

    private static Controlled Stop(RolloutState state, RolloutControl asked, ShardTask task, string word, string reason, RolloutMoment moment) => new(
        new RolloutDecision(state with
        {
            Phase = RolloutPhase.Stopping,
            Reason = reason,
            Detail = Why($"{word}; changes in flight {(task == ShardTask.Hold ? "end as they will" : "are taken back")}", asked),
            HeldSince = moment.Now,
            BakesUntil = null,
            Deadline = moment.Now + state.Spec!.ChangeWithin + moment.Options.RollbackWithin,
        })
            .And(new Effect.Hold(moment.Id))
            .Order(moment, task, state.Wave, asked.By, Why(word, asked))
            .Audit(moment, word, asked.By, reason, asked.Reason),
        RolloutAnswerKind.Accepted);

    // One that has ended is taken up again: its taking back has a name, and an end, of its own.
    private static Controlled RollBack(RolloutState state, RolloutControl asked, RolloutMoment moment) => new(
        Rollout.TakeBack(new(state.Phase.IsTerminal() ? state with { Reopened = state.Reopened + 1 } : state), asked.By, "ROLLED_BACK_BY_OPERATOR", Why("taken back", asked), moment),
        RolloutAnswerKind.Accepted);

    private static string Why(string what, RolloutControl asked) => asked.Reason == "" ? $"{what} by {asked.By}" : $"{what} by {asked.By}: {asked.Reason}";

    private static Controlled Done(RolloutState state) => new(new(state), RolloutAnswerKind.Accepted);

    private static Controlled Refuse(RolloutState state, string reason, string detail) => new(new(state), RolloutAnswerKind.Refused, reason, detail);
}
