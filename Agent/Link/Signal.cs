namespace Fleet.Agent.Link;

/// <summary>Wakes whoever waits for "something changed". Take <see cref="Next"/> first, look at the state, then await it.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = Fresh();

    /// <summary>Ends at the next <see cref="Raise"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes everybody who waits now.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, Fresh()).SetResult();

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
