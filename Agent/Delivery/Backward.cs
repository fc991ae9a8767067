namespace Fleet.Agent.Delivery;

/// <summary>The way back to the restore point: warm while the old slot runs, else by a new slot of its stack.</summary>
internal static class Backward
{
    /// <summary>A restored stack that does not start is tried once more, and then left to people.</summary>
    private const int MostAttempts = 2;

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CountInterval = TimeSpan.FromMilliseconds(200);

    public static InstanceState Next(InstanceState state, ChangeState change, Happening happening, DateTimeOffset now) => (change.Step, happening) switch
    {
        (Step.BackProbe, Happening.Probed { Answer.Healthy: true }) => (state with { Change = change with { Warm = true } }).Go(Step.BackSwitch, now),
        (Step.BackProbe, Happening.Probed or Happening.Failed) => Cold(state, now),

        (Step.BackCreate, Happening.Created created) =>
            Start(state.With(state.Slot(change.OldSlot)! with { Network = created.Network }), change, now),
        (Step.BackStopFirst, Happening.Done) => Start(state.Stopped(change.OldSlot), change, now),
        (Step.BackStart, Happening.Started started) => state.With(state.Slot(change.OldSlot)!.RunningAs(started, now)).Unwatched().Go(Step.BackAnswer, now),
        (Step.BackAnswer, Happening.Probed { Answer.Healthy: true }) => state.Go(Step.BackSwitch, now),
        (Step.BackAnswer, Happening.Probed { Answer: { Running: true } answer }) =>
            state with { Watch = state.Watch with { HealthDetail = answer.Detail, LookAt = now + Soon } },
        (Step.BackAnswer, Happening.Probed { Answer: var answer }) => Fail(state, "START_FAILED", answer.Detail, now),
        (Step.BackSwitch, Happening.Done) => Restored(state, change, now),

        (Step.BackDrain, Happening.Counted { Connections: 0 }) => Clear(state, DevicePhase.RolledBack, now),
        (Step.BackDrain, Happening.Counted counted) => state with
        {
            Watch = state.Watch with { Connections = counted.Connections, LookAt = now + CountInterval },
        },
        (Step.BackDrain, Happening.Failed or Happening.Tick) when happening is Happening.Failed || now >= change.Deadline => Clear(state, DevicePhase.RolledBack, now),

        (Step.BackReplace, Happening.Done) => state.Go(Step.BackReExec, now),
        (Step.BackReExec, Happening.Done) => state.Go(Step.BackSettle, now),
        (Step.BackSettle, Happening.Looked { Processes: 0, Mappings: 0 }) => Finish(
            (state.With(state.Slot(change.NewSlot)! with { Stack = change.Below!.Stack! }) with { Change = change with { Took = now - change.Decided!.Value } }).Unwatched(),
            DevicePhase.RolledBack, now),
        (Step.BackSettle, Happening.Looked) => state.Look(now + Soon),
        (Step.BackReplace or Step.BackReExec or Step.BackSettle, Happening.Failed) => Cold(state, now),
        (Step.BackReplace or Step.BackReExec or Step.BackSettle or Step.BackProbe, Happening.Tick) when now >= change.Deadline => Cold(state, now),

        (Step.Clear, Happening.Done) => Clear(state.Without(state.Idle()!.Id), change.Outcome, now),
        (Step.Clear, Happening.Failed failed) => state with { Change = change with { Detail = failed.Detail }, Watch = state.Watch.RetryAfter(now) },
        (Step.Clear, Happening.Tick) when now >= change.Deadline => NeedHuman(state, "NOT_REMOVED", $"a slot could not be removed: {change.Detail}", now),

        (_, Happening.Failed failed) => Fail(state, failed.Reason, failed.Detail, now),
        (_, Happening.Tick) when now >= change.Deadline => Fail(state, "TIMED_OUT", $"step {change.Step} did not end in time: {state.Watch.HealthDetail}", now),
        _ => state,
    };

    /// <summary>The agent itself takes the change back.</summary>
    public static InstanceState TakeBack(InstanceState state, string reason, string detail, DateTimeOffset now)
    {
        var change = state.Change!;
        // Before anything was made ready there is nothing to take back.
        if (change.Below is null || change.Step is Step.Create)
            return Clear(state with { Change = change with { Reason = reason, Detail = detail } }, DevicePhase.Rejected, now);
        state = state.Tell(DevicePhase.Failed, now, reason, detail, byAgent: true);
        var served = state.ActiveSlot == change.NewSlot || change.MaySwitch;
        return change.Patch is { Reversible: false } && served
            ? NeedHuman(state, reason, $"{detail}; the patch says that going back could lose data", now)
            : Begin(state, reason, detail, now, byAgent: true);
    }

    /// <summary>Sets out for the restore point of the change.</summary>
    public static InstanceState Begin(InstanceState state, string reason, string detail, DateTimeOffset now, bool byAgent)
    {
        state = (state with { Change = state.Change! with { Decided = now } })
            .Tell(DevicePhase.RollingBack, now, reason, detail, byAgent)
            .Look(now, Ensure.Nothing).Unwatched();
        var change = state.Change!;
        var old = state.Slot(change.OldSlot);

        if (!change.InPlace.IsEmpty)
            return change.Below is null ? Clear(state, DevicePhase.RolledBack, now)
                : change.NewSlot == state.ActiveSlot ? state.Go(Step.BackReplace, now)
                : Cold(state, now);
        // Traffic never left the old slot, and it was never stopped.
        if (state.ActiveSlot == change.OldSlot && change.GapFrom is null && !change.MaySwitch)
            return Clear(state with { Change = change with { Warm = old is not null } }, DevicePhase.RolledBack, now);
        if (old is not null) return change.GapFrom is null ? state.Go(Step.BackProbe, now) : Start(state, change, now);
        return change.Below?.Stack is null ? state.Go(Step.BackSwitch, now) : Cold(state, now);
    }

    /// <summary>Removes every slot but the active one, then ends in the outcome.</summary>
    public static InstanceState Clear(InstanceState state, DevicePhase outcome, DateTimeOffset now) => state.Idle() is null
        ? Finish(state, outcome, now)
        : (state with { Change = state.Change! with { Outcome = outcome } }).Go(Step.Clear, now);

    /// <summary>Stops trying, and leaves everything as it is.</summary>
    public static InstanceState NeedHuman(InstanceState state, string reason, string detail, DateTimeOffset now) =>
        state.End(DevicePhase.NeedsHuman, now, reason, detail, byAgent: true);

    private static InstanceState Cold(InstanceState state, DateTimeOffset now)
    {
        var change = state.Change!;
        if (change.Below?.Stack is not { } stack) return NeedHuman(state, "NO_RESTORE_POINT", "there is no restore point to go back to", now);
        var slot = new SlotState { Id = state.NextSlot, Stack = stack, Mounted = stack.Layers };
        return (state with
        {
            NextSlot = state.NextSlot + 1,
            Slots = [.. state.Slots, slot],
            Change = change with { OldSlot = slot.Id, Warm = false, BackAttempts = change.BackAttempts + 1 },
        }).Go(Step.BackCreate, now);
    }

    private static InstanceState Start(InstanceState state, ChangeState change, DateTimeOffset now) => state.TwoMayRun()
        ? state.Go(Step.BackStart, now)
        : state.StopOthers(change.OldSlot, Step.BackStopFirst, Step.BackStart, now);

    private static InstanceState Fail(InstanceState state, string reason, string detail, DateTimeOffset now) =>
        state.Change!.BackAttempts < MostAttempts && state.Change.Below?.Stack is not null
            ? Cold(state, now)
            : NeedHuman(state, reason, $"the rollback failed: {detail}", now);

    private static InstanceState Restored(InstanceState state, ChangeState change, DateTimeOffset now)
    {
        state = (state with { ActiveSlot = change.OldSlot, Change = change with { Took = now - change.Decided!.Value } }).Unwatched();
        // Who asked for it may have requests under way on the slot that is left; a slot that is ill gets no time to serve errors.
        return change.ByAgent || state.Slot(change.NewSlot) is null || !state.TwoMayRun()
            ? Clear(state, DevicePhase.RolledBack, now)
            : state.Go(Step.BackDrain, now);
    }

    private static InstanceState Finish(InstanceState state, DevicePhase outcome, DateTimeOffset now)
    {
        var change = state.Change!;
        var index = change.Below is { } below ? state.RestorePoints.ToList().FindIndex(p => p.Change == below.Change) : -1;
        if (index >= 0) state = state with { RestorePoints = state.RestorePoints[..index] };
        return state.End(outcome, now, change.Reason, change.Detail, change.ByAgent);
    }
}
