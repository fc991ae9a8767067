namespace Fleet.Rollouts;

/// <summary>What callers get to see of rollouts.</summary>
internal static class RolloutViews
{
    public static RolloutView? View(this RolloutState state, string id, Tally tally) => state.Spec is not { } spec ? null : new RolloutView
    {
        Id = id,
        Spec = spec,
        Phase = state.Phase,
        Reason = state.Reason,
        Detail = state.Detail,
        Wave = state.Wave,
        Waves = [.. state.Waves.Select(w => View(w, tally.In(w.Number, w.Number).Counts))],
        Counts = tally.In(0, int.MaxValue).Counts,
        By = state.By,
        Requested = state.Requested,
        Ended = state.Ended,
        LastDispatch = tally.LastDispatch,
        HeldSince = state.HeldSince,
        Deadline = state.Deadline ?? state.BakesUntil,
        RollbackTook = state.RollbackTook,
    };

    private static WaveView View(WaveState wave, TargetCounts counts) => new()
    {
        Number = wave.Number,
        Size = wave.Size,
        Verdict = wave.Verdict,
        Reason = wave.Reason,
        Counts = counts,
        Opened = wave.Opened,
        Judged = wave.Judged,
    };
}
