using System.Collections.Immutable;

namespace Fleet.Agent.Delivery;

/// <summary>The small moves that the machine's rules are made of.</summary>
internal static class Course
{
    public static InstanceState Look(this InstanceState state, DateTimeOffset at) => state with { Watch = state.Watch with { LookAt = at } };

    public static InstanceState Look(this InstanceState state, DateTimeOffset at, Ensure ensure) =>
        state with { Watch = state.Watch with { LookAt = at, Tries = 0, Ensure = ensure } };

    /// <summary>Begins a step.</summary>
    public static InstanceState Go(this InstanceState state, Step step, DateTimeOffset now) => state with
    {
        Change = state.Change! with { Step = step, Deadline = Deadlines.Of(state.Change, step, now), Recoveries = 0 },
        Watch = state.Watch with { LookAt = now, Tries = 0 },
    };

    /// <summary>Forgets the health of the slot that was watched so far.</summary>
    public static InstanceState Unwatched(this InstanceState state) => state with
    {
        Watch = state.Watch with { Health = Health.Unknown, HealthDetail = "", Failures = 0, Connections = 0 },
    };

    /// <summary>A slot that is to go: any but the active one.</summary>
    public static SlotState? Idle(this InstanceState state) => state.Slots.FirstOrDefault(s => s.Id != state.ActiveSlot);

    public static SlotState RunningAs(this SlotState slot, Happening.Started started, DateTimeOffset now) =>
        slot.InitPid == started.Pid && slot.InitStart == started.Start
            ? slot
            : slot with { InitPid = started.Pid, InitStart = started.Start, Started = now };

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

    /// <summary>Ends the change in a phase.</summary>
    public static InstanceState End(this InstanceState state, DevicePhase phase, DateTimeOffset now, string reason = "", string detail = "", bool byAgent = false) =>
        state.Go(Step.Ended, now).Tell(phase, now, reason, detail, byAgent);

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
