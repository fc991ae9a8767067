using Microsoft.Extensions.Time.Testing;

namespace Fleet.Agent.Delivery;

/// <summary>A test's clock that tells when somebody begins to wait for it.</summary>
internal sealed class WatchedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly TaskCompletionSource _waitedFor = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Time passes as soon as somebody waits for it, instead of when the test says so.</summary>
    public bool Leaps { get; set; }

    /// <summary>Ends when somebody waits for the first time.</summary>
    public Task WaitedFor => _waitedFor.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _waitedFor.TrySetResult();
        // On a thread of its own: whoever waits must have the timer before it fires.
        if (Leaps && dueTime > TimeSpan.Zero) ThreadPool.QueueUserWorkItem(_ => Advance(dueTime));
        return timer;
    }
}
