using System.Collections.Immutable;

namespace Fleet.Agent.Delivery;

/// <summary>
/// What happens next to one instance. Pure: same state, same happening, same time, same answer. The state says what is about
/// to run, so that writing it down before running it is all it takes to go on after a crash.
/// </summary>
internal static class Machine
{
    /// <summary>A step that an agent was restarted in so often is not tried again.</summary>
    private const int MostRecoveries = 5;

    private static readonly TimeSpan RestingInterval = TimeSpan.FromSeconds(10);

    /// <summary>The state after something happened.</summary>
    public static InstanceState Next(InstanceState state, Happening happening, DateTimeOffset now) => happening switch
    {
        Happening.Directed directed => Admission.Answer(state, directed, now).State,
        Happening.Recovered => Recover(state, now),
        Happening.Reported reported => state with { Outbox = state.Outbox.RemoveRange(0, reported.Count) },
        _ when state.Watch.Ensure != Ensure.Nothing => Restore(state, happening, now),
        _ when !state.Changing => Rest(state, happening, now),
        _ when state.Change!.Step < Step.BackProbe => Forward.Next(state, state.Change, happening, now),
        _ => Backward.Next(state, state.Change, happening, now),
    };

    /// <summary>The effect that the state waits for; null when it waits for time or for a directive.</summary>
    public static Effect? Wants(InstanceState state, DateTimeOffset now)
    {
        if (now < state.Watch.LookAt) return null;
        if (state is { Active: { } active, Watch.Ensure: not Ensure.Nothing })
        {
            return state.Watch.Ensure == Ensure.Routed ? Lead(state, active)
                : state.InTheWay() is { } other ? new Effect.Stop(state.Name, other)
                : new Effect.Start(state.Name, active);
        }
        if (!state.Changing) return state.Active is { } resting ? new Effect.Probe(state.Name, resting) : null;

        var change = state.Change!;
        var (from, to) = (state.Slot(change.OldSlot), state.Slot(change.NewSlot));
        return change.Step switch
        {
            Step.Fetch => new Effect.Fetch(change.Patch!),
            Step.Unpack => new Effect.Unpack(change.Target!.Layers),
            Step.Create => new Effect.Create(state.Name, to!),
            Step.StopFirst => new Effect.Stop(state.Name, state.Other(change.NewSlot)!),
            Step.Start => new Effect.Start(state.Name, to!),
            Step.Answer or Step.Keep or Step.Bake => new Effect.Probe(state.Name, to!),
            Step.Switch => Lead(state, to!),
            // Counting is for the old slot's sake; now and then the new one is asked how it is.
            Step.Drain => state.Watch.Tries % 4 == 3 ? new Effect.Probe(state.Name, to!) : new Effect.Count(state.Name, from!),
            Step.Replace => new Effect.Replace(state.Name, to!, change.InPlace, change.Target!.Layers),
            Step.ReExec or Step.BackReExec => new Effect.ReExec(state.Name, to!),
            Step.Settle => new Effect.Look(state.Name, to!, change.InPlace.IsEmpty ? to!.Replaced : change.InPlace),
            Step.BackProbe or Step.BackAnswer => new Effect.Probe(state.Name, from!),
            Step.BackCreate => new Effect.Create(state.Name, from!),
            Step.BackStopFirst => new Effect.Stop(state.Name, state.Other(change.OldSlot)!),
            Step.BackStart => new Effect.Start(state.Name, from!),
            Step.BackSwitch => from is null ? new Effect.Route(state.Name, [], null) : Lead(state, from),
            Step.BackDrain => new Effect.Count(state.Name, to!),
            Step.BackReplace => new Effect.Replace(state.Name, to!, change.InPlace, change.Below!.Stack!.Layers),
            Step.BackSettle => new Effect.Look(state.Name, to!, change.InPlace),
            Step.Retire or Step.Clear => state.Idle() is { } idle ? new Effect.Remove(state.Name, idle) : null,
            Step.Wait or Step.Ended => null,
            _ => throw new InvalidOperationException($"step {change.Step} wants nothing known"),
        };
    }

    /// <summary>When time alone will change something next; null when it won't.</summary>
    public static DateTimeOffset? Due(InstanceState state, DateTimeOffset now)
    {
        DateTimeOffset? look = state.Watch.LookAt > now ? state.Watch.LookAt : null;
        DateTimeOffset? deadline = state.Changing && state.Change!.Deadline > now ? state.Change.Deadline : null;
        return look < deadline || deadline is null ? look : deadline;
    }

    /// <summary>All stacks whose content the instance runs, may go back to, or is on its way to.</summary>
    public static ImmutableArray<Stack> Needed(InstanceState state) =>
    [
        .. state.Slots.Select(s => s.Stack),
        .. state.Slots.Select(s => s.Stack with { Layers = s.Mounted }),
        .. state.RestorePoints.Select(p => p.Stack).OfType<Stack>(),
        .. state.Change is { Step: not Step.Ended, Target: { } target } ? [target] : ImmutableArray<Stack>.Empty,
    ];

    private static Effect.Route Lead(InstanceState state, SlotState slot) => new(state.Name, slot.Stack.Manifest.Ports, slot);

    // After a start of the agent: what should be running is made to run again, and the step that was under way is begun anew.
    private static InstanceState Recover(InstanceState state, DateTimeOffset now)
    {
        var change = state.Change;
        var stoppedOnPurpose = change is { GapFrom: not null, Step: >= Step.StopFirst and <= Step.Switch };
        var leaving = state.Changing && change is { Step: >= Step.BackProbe and not (Step.BackDrain or Step.Clear), InPlace.IsEmpty: true };
        state = state with
        {
            Watch = new Watch { LookAt = now, Ensure = state.ActiveSlot == 0 || stoppedOnPurpose || leaving ? Ensure.Nothing : Ensure.Running },
        };
        if (!state.Changing) return state;

        var step = change!.Step switch
        {
            Step.Answer or Step.Switch => Step.Start,
            Step.BackAnswer => Step.BackStart,
            Step.BackSwitch when change.OldSlot != 0 => change.Warm ? Step.BackProbe : Step.BackStart,
            var same => same,
        };
        var recoveries = change.Recoveries + 1;
        state = state with { Change = change with { Step = step, Recoveries = recoveries, Deadline = Deadlines.Again(change, step, now) } };
        if (recoveries <= MostRecoveries) return state;
        var detail = $"the agent was restarted {recoveries} times while it was to {step}";
        return step < Step.BackProbe
            ? Backward.TakeBack(state, "RESTARTED_TOO_OFTEN", detail, now)
            : Backward.NeedHuman(state, "RESTARTED_TOO_OFTEN", detail, now);
    }

    // The active slot is started and traffic led to it, whatever the restart of the device or the death of the service took.
    private static InstanceState Restore(InstanceState state, Happening happening, DateTimeOffset now) => happening switch
    {
        // A change of another slot does not wait for ever for the one that can't be brought back.
        Happening.Tick when state.Changing && now >= state.Change!.Deadline && state.ActiveSlot != state.Change.NewSlot =>
            Next(state.Look(now, Ensure.Nothing), happening, now),
        Happening.Started started => state.With(state.Active!.RunningAs(started, now)).Look(now, Ensure.Routed),
        Happening.Done when state.Watch.Ensure == Ensure.Running => state.Stopped(state.ActiveSlot),
        Happening.Done => state.Look(now, Ensure.Nothing),
        Happening.Failed failed when state.Changing && state.ActiveSlot == state.Change!.NewSlot =>
            state.Change.Step < Step.BackProbe
                ? Backward.TakeBack(state.Look(now, Ensure.Nothing), failed.Reason, failed.Detail, now)
                : Next(state.Look(now, Ensure.Nothing), failed, now),
        Happening.Failed failed => state with
        {
            Watch = (state.Watch with { Health = Health.Unhealthy, HealthDetail = failed.Detail }).RetryAfter(now),
        },
        _ => state,
    };

    private static InstanceState Rest(InstanceState state, Happening happening, DateTimeOffset now) => happening switch
    {
        Happening.Probed { Answer: { Running: false } answer } => state with
        {
            Watch = (state.Watch.Count(answer, state.Active!.Stack.Service.Probe) with { Ensure = Ensure.Running }).RetryAfter(now),
        },
        Happening.Probed { Answer: var answer } => state with
        {
            Watch = state.Watch.Count(answer, state.Active!.Stack.Service.Probe) with
            {
                LookAt = now + (answer.Healthy ? RestingInterval : state.Active.Stack.Service.Probe.Interval),
                Tries = answer.Healthy ? 0 : state.Watch.Tries,
            },
        },
        Happening.Failed failed => Rest(state, new Happening.Probed(new ProbeAnswer(false, true, failed.Detail)), now),
        _ => state,
    };
}
