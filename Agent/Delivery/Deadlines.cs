namespace Fleet.Agent.Delivery;

/// <summary>
/// How long each step may take. Deadlines are on the agent's own clock, which runs evenly from its start: see
/// <see cref="DeliveryClock"/>. A restart begins a step's time anew, except where the time is a promise to the engine.
/// </summary>
internal static class Deadlines
{
    private static readonly TimeSpan Effect = TimeSpan.FromSeconds(30);

    public static DateTimeOffset Of(ChangeState change, Step step, DateTimeOffset now) => step switch
    {
        Step.Fetch or Step.Unpack or Step.Create => change.Deadline,
        Step.Keep => change.KeepUntil ?? now,
        Step.Drain => change.DrainUntil ?? now,
        Step.Answer => now + change.Target!.Service.StartTimeout,
        Step.BackAnswer => now + change.Below!.Stack!.Service.StartTimeout,
        Step.BackDrain => now + (change.Target?.Service.Drain ?? Effect),
        Step.StopFirst or Step.Retire or Step.BackStopFirst or Step.Clear => now + Effect + (change.Target?.Service.StopTimeout ?? Effect),
        Step.Settle when !change.InPlace.IsEmpty => now + change.Target!.Service.ReExec!.Timeout,
        Step.BackSettle => now + change.Below!.Stack!.Service.ReExec!.Timeout,
        Step.Bake => now + change.BakeFor,
        Step.Wait or Step.Ended => DateTimeOffset.MaxValue,
        _ => now + Effect,
    };

    /// <summary>The deadline of a step that is begun anew after a restart: never longer than it was granted.</summary>
    public static DateTimeOffset Again(ChangeState change, Step step, DateTimeOffset now) => step switch
    {
        Step.Fetch or Step.Unpack or Step.Create => Earlier(change.Deadline, now + change.StartWithin),
        Step.Keep => Earlier(change.KeepUntil ?? now, now + change.KeepFor),
        Step.Drain => Earlier(change.DrainUntil ?? now, now + Effect),
        _ => Of(change, step, now),
    };

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
