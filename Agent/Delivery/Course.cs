using System.Collections.Immutable;

namespace Fleet.Agent.Delivery;

/// <summary>The small moves that the machine's rules are made of.</summary>
internal static class Course
{
    public static InstanceState Look(this InstanceState state, DateTimeOffset at) => state with { Watch = state.Watch with { LookAt = at } };

    public static InstanceState Look(this InstanceState state, DateTimeOffset at, Ensure ensure) =>
        state with { Watch = state.Watch with { LookAt = at, Tries = 0, Ensure = ensure } };

    /// <summary>Begins a step.</summary>
    public static InstanceState Go(this InstanceState state, Step step, DateTimeOffset now)
    {
        var change = state.Change!;
        var starts = step switch { Step.Start => change.NewSlot, Step.BackStart => change.OldSlot, _ => 0 };
        return state with
        {
            Change = change with { Step = step, Deadline = Deadlines.Of(change, step, now), Recoveries = 0 },
            Watch = state.Watch with { LookAt = now, Tries = 0 },
            Slots = starts == 0 ? state.Slots : [.. state.Slots.Select(s => s.Id == starts ? s with { MayRun = true } : s)],
        };
    }

    /// <summary>Forgets the health of the slot that was watched so far.</summary>
    public static InstanceState Unwatched(this InstanceState state) => state with
    {
        Watch = state.Watch with { Health = Health.Unknown, HealthDetail = "", Failures = 0, Connections = 0 },
    };

    /// <summary>A slot that is to go: any but the active one.</summary>
    public static SlotState? Idle(this InstanceState state) => state.Slots.FirstOrDefault(s => s.Id != state.ActiveSlot);

    /// <summary>A slot that may run beside the one to keep.</summary>
    public static SlotState? Other(this InstanceState state, int keep) => state.Slots.FirstOrDefault(s => s.Id != keep && s.MayRun);

    /// <summary>Whether slots of this instance may run side by side.</summary>
    public static bool TwoMayRun(this InstanceState state) => state.Slots.All(s => s.Stack.Service.TwoMayRun);

    /// <summary>A slot that has to stop before the active one may run.</summary>
    public static SlotState? InTheWay(this InstanceState state) => state.TwoMayRun() ? null : state.Other(state.ActiveSlot);

    /// <summary>Where two may not run at once: stops every slot but one, then goes on.</summary>
    public static InstanceState StopOthers(this InstanceState state, int keep, Step stop, Step then, DateTimeOffset now) =>
        state.Go(state.Other(keep) is null ? then : stop, now);

    /// <summary>The slot that was to be stopped has stopped.</summary>
    public static InstanceState Stopped(this InstanceState state, int keep) => state.With(state.Other(keep)! with { MayRun = false, InitPid = 0, InitStart = 0 });

    public static SlotState RunningAs(this SlotState slot, Happening.Started started, DateTimeOffset now) =>
        slot.InitPid == started.Pid && slot.InitStart == started.Start
            ? slot
            : slot with { MayRun = true, InitPid = started.Pid, InitStart = started.Start, Started = now };

    /// <summary>Enters a phase and says so to the engine. Entering the same phase again after a restart is not said again.</summary>
    public static InstanceState Tell(this InstanceState state, DevicePhase phase, DateTimeOffset now, string reason = "", string detail = "", bool byAgent = false)
    {
        var change = state.Change!;
        if (change.Phase == phase && change.Reported > 0) return state;
        change = change with
        {
            Phase = phase,
            Reported = change.Reported + 1,
            Reason = reason,
            Detail = detail,
            ByAgent = byAgent,
            TakesBack = change.TakesBack is { } taken && phase is not DevicePhase.Admitted
                ? taken with { Phase = phase, Reported = taken.Reported + 1 }
                : change.TakesBack,
        };
        var said = Said(state.Name, change, now);
        ImmutableArray<Progress> all = change.TakesBack is { } other && phase is not DevicePhase.Admitted
            ? [said, said with { Change = other.Id, Directive = other.Directive, Generation = other.Generation, Step = other.Reported }]
            : [said];
        return state with
        {
            Change = change,
            Outbox = [.. state.Outbox, .. all],
            Ledger = [.. state.Ledger.Select(e => all.Any(p => p.Change == e.Change) ? e with { Outcome = phase } : e)],
        };
    }

    /// <summary>Ends the change in a phase. Whatever happened on the way: what is active runs, and traffic reaches it.</summary>
    public static InstanceState End(this InstanceState state, DevicePhase phase, DateTimeOffset now, string reason = "", string detail = "", bool byAgent = false) =>
        Trimmed(state, phase).Go(Step.Ended, now).Tell(phase, now, reason, detail, byAgent).Look(now, state.ActiveSlot == 0 ? Ensure.Nothing : Ensure.Running);

    // Only a change that is accepted makes the oldest restore point one too many: any other may yet give its own back.
    private static InstanceState Trimmed(InstanceState state, DevicePhase phase) => phase is DevicePhase.Committed
        ? state with { RestorePoints = [.. state.RestorePoints.TakeLast(InstanceState.KeptRestorePoints)] }
        : state;

    private static Progress Said(string instance, ChangeState change, DateTimeOffset now) => new()
    {
        Instance = instance,
        Change = change.Id,
        Directive = change.Directive,
        Generation = change.Generation,
        Phase = change.Phase,
        At = now,
        Step = change.Reported,
        Reason = change.Reason,
        Detail = change.Detail,
        ByAgent = change.ByAgent,
        RollbackTook = change.Phase is DevicePhase.RolledBack or DevicePhase.NeedsHuman ? change.Took : TimeSpan.Zero,
        RollbackWarm = change.Phase is DevicePhase.RolledBack && change.Warm,
    };
}
