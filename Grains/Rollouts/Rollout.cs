using Fleet.Committing;

namespace Fleet.Rollouts;

/// <summary>What a rollout does next. Pure: same state, same tally, same time, same answer.</summary>
internal static class Rollout
{
    /// <summary>Somebody asks for it.</summary>
    public static RolloutDecision Begin(RolloutSpec spec, string by, RolloutMoment moment) => new RolloutDecision(new RolloutState
    {
        Spec = spec,
        By = by,
        Requested = moment.Now,
        Phase = RolloutPhase.Planning,
        Detail = "looks for its targets",
        Deadline = moment.Now + moment.Options.RollbackWithin,
    })
        .And(new Effect.Index(Roster.Listing.Rollouts, IndexKey(moment.Id, moment.Now), moment.Id))
        .Audit(moment, "requested", by, "", $"patch {spec.Patch} of {spec.Image}{(spec.Reason == "" ? "" : $": {spec.Reason}")}");

    /// <summary>Newest first in the listing.</summary>
    public static string IndexKey(string id, DateTimeOffset requested) => $"{long.MaxValue - requested.UtcTicks:d19}/{id}";

    /// <summary>Its targets are found and enlisted in so many shards, or it is refused.</summary>
    public static RolloutDecision Plan(RolloutState state, RolloutPlan plan, int shards, RolloutMoment moment)
    {
        if (state.Phase != RolloutPhase.Planning) return new(state);
        var planned = new RolloutDecision(state with { Shards = shards, Waves = [.. plan.Waves.Select(w => new WaveState(w.Number, w.Size))] });
        if (plan.Refusal != "") return planned.End(moment, RolloutPhase.Refused, "", plan.Refusal, plan.RefusalDetail);

        var sizes = string.Join(", ", plan.Waves.Select(w => w.Size));
        return Open(planned.And(new Effect.Admit(state.Applicant(moment.Id))), 1, moment, $"{plan.Waves[^1].Cumulative} targets in waves of {sizes}")
            .With(s => s with { Phase = RolloutPhase.Waiting, Deadline = moment.Now + moment.Options.Patience });
    }

    /// <summary>Shards told how targets are doing, or time passed.</summary>
    /// <param name="evidence">What is seen of the changed instances; null when nobody looked. Needed when <see cref="IsToBeJudged"/>.</param>
    public static RolloutDecision Look(RolloutState state, Tally tally, WaveEvidence? evidence, RolloutMoment moment) => state.Phase switch
    {
        _ when state.Spec is null => new(state),
        RolloutPhase.Waiting or RolloutPhase.Dispatching or RolloutPhase.Baking when tally.In(1, state.Wave).Failures > state.Spec!.FailuresAllowed =>
            Halt(state, "FAILURES", $"{tally.In(1, state.Wave).Failures} failed, {state.Spec.FailuresAllowed} allowed: {tally.FirstFailure}", moment),
        RolloutPhase.Planning when moment.Now >= state.Deadline =>
            new RolloutDecision(state).End(moment, RolloutPhase.Refused, "", "PLANNING_OVERDUE", $"its targets weren't found by {state.Deadline:u}"),
        RolloutPhase.Waiting when moment.Now >= state.Deadline =>
            new RolloutDecision(state).End(moment, RolloutPhase.Stopped, "", "NOT_ADMITTED", $"nothing could be dispatched by {state.Deadline:u}: {tally.WaitsFor}"),
        RolloutPhase.Waiting or RolloutPhase.Dispatching => Dispatch(state, tally, moment),
        RolloutPhase.Baking when evidence is not null && IsToBeJudged(state, moment.Now) => Judge(state, tally, evidence, moment),
        RolloutPhase.Paused or RolloutPhase.Halted when moment.Now >= state.Deadline =>
            new RolloutDecision(state).End(moment, RolloutPhase.Stopped, "", "NOBODY_DECIDED", $"nobody decided how it goes on by {state.Deadline:u}; it was {Words.Of(state.Phase)}: {state.Detail}"),
        RolloutPhase.Stopping => Stop(state, tally, moment),
        RolloutPhase.RollingBack => Back(state, tally, moment),
        RolloutPhase.Succeeded when state.CatchesUpUntil is { } until && tally.Current => CatchUp(state, tally, until, moment),
        _ => new(state),
    };

    public static bool IsToBeJudged(RolloutState state, DateTimeOffset now) => state.Phase == RolloutPhase.Baking && now >= state.BakesUntil;

    /// <summary>When it must be looked at again; null when it waits for nothing.</summary>
    public static DateTimeOffset? Deadline(RolloutState state) => state switch
    {
        { Phase: RolloutPhase.Baking, BakesUntil: { } bakes } when !(state.Deadline < bakes) => bakes,
        { Deadline: { } deadline } => deadline,
        _ => state.CatchesUpUntil,
    };

    /// <summary>It is taken back, wave by wave, the last one first.</summary>
    public static RolloutDecision TakeBack(RolloutDecision decision, string by, string reason, string detail, RolloutMoment moment)
    {
        var wave = decision.State.Wave;
        return decision
            .With(s => s with
            {
                Phase = RolloutPhase.RollingBack,
                Reason = reason,
                Detail = detail,
                HeldSince = moment.Now,
                BackWave = wave,
                BackSince = moment.Now,
                BakesUntil = null,
                CatchesUpUntil = null,
                Ended = null,
                Deadline = moment.Now + moment.Options.RollbackWithin,
            })
            .And(new Effect.Hold(moment.Id))
            .Order(moment, ShardTask.TakeBack, wave, by, detail)
            .Audit(moment, "rolling-back", by, reason, $"wave {wave} and those before it: {detail}");
    }

    /// <summary>A wave may begin: the record is stored with the order.</summary>
    public static RolloutDecision Open(RolloutDecision decision, int wave, RolloutMoment moment, string evidence, bool retry = false) => decision
        .With(s => s with
        {
            Phase = RolloutPhase.Dispatching,
            Reason = "",
            Detail = $"wave {wave} of {s.Waves.Length}: {s.Waves[wave - 1].Size} instances",
            Wave = wave,
            Waves = s.Waves.SetItem(wave - 1, s.Waves[wave - 1] with { Opened = s.Waves[wave - 1].Opened ?? moment.Now, Verdict = Verdict.None, Reason = "", Judged = null }),
            BakesUntil = null,
            Extensions = 0,
            Deadline = moment.Now + s.Spec!.ChangeWithin + s.Spec.OfflineGrace + moment.Options.WaveGrace,
        })
        .Order(moment, ShardTask.Dispatch, wave, "", evidence, retry)
        .Audit(moment, "wave-opened", "", "", $"wave {wave}: {evidence}");

    /// <summary>Nothing new is dispatched until somebody decides.</summary>
    public static RolloutDecision Pause(RolloutState state, string by, string reason, string detail, RolloutMoment moment) => new RolloutDecision(state with
    {
        Phase = RolloutPhase.Paused,
        Reason = reason,
        Detail = detail,
        HeldSince = moment.Now,
        BakesUntil = null,
        Deadline = moment.Now + moment.Options.Patience,
    })
        .And(new Effect.Hold(moment.Id))
        .Order(moment, ShardTask.Hold, state.Wave, by, detail)
        .Audit(moment, "paused", by, reason, detail);

    private static RolloutDecision Dispatch(RolloutState state, Tally tally, RolloutMoment moment)
    {
        var wave = tally.In(1, state.Wave).Counts;
        if (tally.Current && wave is { Pending: 0, Waiting: 0, Dispatched: 0, RollingBack: 0 }) return Bake(state, wave, moment);
        if (state.Phase == RolloutPhase.Waiting)
        {
            return wave.Dispatched + wave.Verified == 0 ? Say(state, tally.WaitsFor)
                : new(state with { Phase = RolloutPhase.Dispatching, Detail = Progress(state), Deadline = moment.Now + state.Spec!.ChangeWithin + state.Spec.OfflineGrace + moment.Options.WaveGrace });
        }
        return moment.Now >= state.Deadline
            ? Pause(state, "", "WAVE_OVERDUE", $"wave {state.Wave} isn't done by {state.Deadline:u}: {tally.WaitsFor}", moment)
            : Say(state, tally.WaitsFor);
    }

    private static RolloutDecision Say(RolloutState state, string waits)
    {
        var detail = waits == "" ? Progress(state) : $"{Progress(state)}; {waits}";
        return new(detail == state.Detail ? state : state with { Detail = detail });
    }

    private static string Progress(RolloutState state) => $"wave {state.Wave} of {state.Waves.Length}: {state.Current!.Size} instances";

    private static RolloutDecision Bake(RolloutState state, TargetCounts wave, RolloutMoment moment) => new(state with
    {
        Phase = RolloutPhase.Baking,
        Detail = $"wave {state.Wave} of {state.Waves.Length} bakes; {wave.Verified} verified{(wave.Offline > 0 ? $", {wave.Offline} offline" : "")}",
        BakesUntil = moment.Now + state.Spec!.WaveBake,
        Deadline = null,
    });

    private static RolloutDecision Judge(RolloutState state, Tally tally, WaveEvidence evidence, RolloutMoment moment)
    {
        // Who came back while the others baked is verified first, and then bakes as they did.
        if (tally.In(1, state.Wave).Counts is { Dispatched: > 0 } or { RollingBack: > 0 })
        {
            return new(state with
            {
                Phase = RolloutPhase.Dispatching,
                Detail = Progress(state),
                BakesUntil = null,
                Deadline = moment.Now + state.Spec!.ChangeWithin + state.Spec.OfflineGrace + moment.Options.WaveGrace,
            });
        }

        var (verdict, reason) = WaveJudge.Judge(tally.In(1, state.Wave).Failures, state.Spec!.FailuresAllowed, evidence);
        if (verdict == Verdict.Inconclusive && state.Extensions < moment.Options.MostExtensions)
        {
            return new(state with
            {
                Extensions = state.Extensions + 1,
                BakesUntil = moment.Now + moment.Options.Extension,
                Detail = $"wave {state.Wave} bakes longer: {reason}",
            });
        }

        var judged = new RolloutDecision(state with
        {
            Waves = state.Waves.SetItem(state.Wave - 1, state.Current! with { Verdict = verdict, Reason = reason, Judged = moment.Now }),
        }).Audit(moment, "wave-judged", "", Words.Of(verdict), $"wave {state.Wave}: {reason}");
        return verdict switch
        {
            Verdict.Fail => Halt(judged, "JUDGED_BAD", reason, moment),
            Verdict.Inconclusive => Merge(judged, Pause(judged.State, "", "INCONCLUSIVE", $"wave {state.Wave}: {reason}", moment)),
            _ when state.Wave < state.Waves.Length => Open(judged, state.Wave + 1, moment, $"{judged.State.Waves[state.Wave].Size} instances, after wave {state.Wave} passed"),
            _ => Succeed(judged, tally, moment),
        };
    }

    private static RolloutDecision Halt(RolloutState state, string reason, string detail, RolloutMoment moment) => Halt(new RolloutDecision(state), reason, detail, moment);

    private static RolloutDecision Halt(RolloutDecision decision, string reason, string detail, RolloutMoment moment)
    {
        var spec = decision.State.Spec!;
        var halted = decision
            .With(s => s with { Phase = RolloutPhase.Halted, Reason = reason, Detail = detail, HeldSince = moment.Now, BakesUntil = null, Deadline = moment.Now + moment.Options.Patience })
            .And(new Effect.Hold(moment.Id), new Effect.Quarantine(spec.Image, spec.Patch, $"rollout {moment.Id}: {detail}"))
            .Audit(moment, "halted", "", reason, detail);
        return spec.KeepOnFailure
            ? halted.Order(moment, ShardTask.Hold, halted.State.Wave, "", detail)
            : TakeBack(halted, "", reason, detail, moment);
    }

    private static RolloutDecision Succeed(RolloutDecision decision, Tally tally, RolloutMoment moment)
    {
        var counts = tally.In(1, int.MaxValue).Counts;
        var until = decision.State.Requested + decision.State.Spec!.CatchUp;
        if (counts.Offline == 0 || until <= moment.Now)
            return decision.End(moment, RolloutPhase.Succeeded, "", "", $"{counts.Verified} verified{(counts.Offline > 0 ? $", {counts.Offline} offline" : "")}");

        var detail = $"{counts.Verified} verified; {counts.Offline} offline may catch up until {until:u}";
        return decision
            .With(s => s with { Phase = RolloutPhase.Succeeded, Reason = "", Detail = detail, Deadline = null, BakesUntil = null, CatchesUpUntil = until, Ended = moment.Now })
            .Order(moment, ShardTask.CatchUp, decision.State.Wave, "", detail)
            .Audit(moment, "ended", "", "", detail, terminal: true);
    }

    // It has ended already: only those that come late are still dealt with.
    private static RolloutDecision CatchUp(RolloutState state, Tally tally, DateTimeOffset until, RolloutMoment moment)
    {
        var counts = tally.In(1, int.MaxValue).Counts;
        if (moment.Now < until && counts.Offline + counts.Waiting + counts.Pending + counts.Dispatched + counts.RollingBack > 0) return new(state);
        var detail = $"{counts.Verified} verified{(counts.Offline > 0 ? $"; {counts.Offline} stayed offline until {until:u}" : "")}";
        return CaughtUp(state, detail, "", moment);
    }

    /// <summary>Nobody catches up any more.</summary>
    public static RolloutDecision CaughtUp(RolloutState state, string detail, string by, RolloutMoment moment) =>
        new RolloutDecision(state with { CatchesUpUntil = null, Detail = detail })
            .And(new Effect.Leave(moment.Id))
            .Order(moment, ShardTask.End, 0, by, detail)
            .Audit(moment, "caught-up", by, "", detail);

    private static RolloutDecision Stop(RolloutState state, Tally tally, RolloutMoment moment)
    {
        var counts = tally.In(1, int.MaxValue).Counts;
        var open = counts.Dispatched + counts.RollingBack;
        if (tally.Current && open == 0)
        {
            var stuck = counts.NeedsHuman > 0;
            return new RolloutDecision(state).End(moment, stuck ? RolloutPhase.NeedsHuman : RolloutPhase.Stopped, state.Order.By, state.Reason,
                $"{counts.Verified} verified, {counts.RolledBack + counts.Failed} failed or taken back{(stuck ? $", {counts.NeedsHuman} need a person" : "")}");
        }
        return moment.Now >= state.Deadline
            ? new RolloutDecision(state).End(moment, RolloutPhase.NeedsHuman, "", "STOP_OVERDUE", $"{open} changes are still in flight, which were not stopped")
            : new(state);
    }

    private static RolloutDecision Back(RolloutState state, Tally tally, RolloutMoment moment)
    {
        var open = tally.In(state.BackWave, int.MaxValue).Counts;
        if (tally.Current && open is { Dispatched: 0, Verified: 0, RollingBack: 0 })
        {
            if (state.BackWave > 1)
            {
                var next = state.BackWave - 1;
                return new RolloutDecision(state with { BackWave = next, Deadline = moment.Now + moment.Options.RollbackWithin })
                    .Order(moment, ShardTask.TakeBack, next, state.Order.By, state.Order.Reason);
            }
            var counts = tally.In(1, int.MaxValue).Counts;
            return new RolloutDecision(state).End(
                moment, counts.NeedsHuman > 0 ? RolloutPhase.NeedsHuman : RolloutPhase.RolledBack, state.Order.By, state.Reason,
                $"{counts.RolledBack} taken back{(counts.NeedsHuman > 0 ? $", {counts.NeedsHuman} need a person" : "")}: {state.Detail}");
        }
        return moment.Now >= state.Deadline
            ? new RolloutDecision(state).End(moment, RolloutPhase.NeedsHuman, "", "ROLLBACK_OVERDUE", $"{open.Dispatched + open.Verified + open.RollingBack} instances weren't back by {state.Deadline:u}")
            : new(state);
    }

    private static RolloutDecision Merge(RolloutDecision first, RolloutDecision then) => then with { Effects = [.. first.Effects, .. then.Effects] };
}
