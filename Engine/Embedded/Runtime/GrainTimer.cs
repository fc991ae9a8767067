namespace Fleet.Engine.Embedded;

/// <summary>A grain's timer: when it is due, its callback takes its place among the grain's turns. The next time is counted from its end.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation activation;
    private readonly EngineLog log;
    private readonly Func<CancellationToken, Task> callback;
    private readonly GrainTimerCreationOptions options;
    private readonly CancellationTokenSource disposed = new();
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private TimeSpan next;
    private bool ticking;

    public GrainTimer(Activation activation, TimeProvider time, EngineLog log, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        Validate(options.DueTime, options.Period);
        (this.activation, this.log, this.callback, this.options) = (activation, log, callback, options);
        Period = options.Period;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            timer = time.CreateTimer(static timer => ((GrainTimer)timer!).Due(), this, options.DueTime, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Period { get; set; }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Validate(dueTime, period);
        lock (gate)
        {
            (next, Period) = (dueTime, period);
            if (!ticking && !disposed.IsCancellationRequested) timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed.IsCancellationRequested) return;
            timer.Dispose();
        }

        activation.Remove(this);
        try
        {
            disposed.Cancel();
        }
        catch (AggregateException error)
        {
            // Thrown by what the callback registered: whoever ends the timer (the grain that falls asleep, a crash) goes on.
            log.TimerEndFailed(error, activation.GrainId);
        }
    }

    private static void Validate(TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)dueTime.TotalMilliseconds, uint.MaxValue - 1, nameof(dueTime));
        ArgumentOutOfRangeException.ThrowIfLessThan((long)dueTime.TotalMilliseconds, -1, nameof(dueTime));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)period.TotalMilliseconds, uint.MaxValue - 1, nameof(period));
        ArgumentOutOfRangeException.ThrowIfLessThan((long)period.TotalMilliseconds, -1, nameof(period));
    }

    private void Due()
    {
        lock (gate)
        {
            if (ticking || disposed.IsCancellationRequested) return;
            (ticking, next) = (true, Period);
        }

        activation.TryAdd(new Tick(this));
    }

    private async Task Call()
    {
        try
        {
            await callback(disposed.Token);
        }
        catch (Exception error)
        {
            log.TimerFailed(error, activation.GrainId);
        }
    }

    private void Wind()
    {
        lock (gate)
        {
            ticking = false;
            if (!disposed.IsCancellationRequested) timer.Change(next, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Tick(GrainTimer timer) : Turn
    {
        public override string Name => $"{timer.activation.GrainId} timer";

        public override bool AlwaysInterleaves => timer.options.Interleave;

        public override bool KeepsAwake => timer.options.KeepAlive;

        public override bool IsAbandoned => timer.disposed.IsCancellationRequested;

        public override Task Run() => timer.Call();

        public override void Finish() => timer.Wind();
    }
}
