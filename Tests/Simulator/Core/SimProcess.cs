using Fleet.Engine.Embedded;

namespace Fleet.Simulation;

/// <summary>A process of the simulated world: when it is killed, none of its code runs any more, wherever it was.</summary>
internal sealed class SimProcess(Simulator simulator, string name)
{
    private int fuse;
    private Action? burn;

    public Simulator Simulator => simulator;

    public string Name => name;

    public bool Alive { get; private set; } = true;

    /// <summary>How far its wall clock is off.</summary>
    public TimeSpan Skew { get; set; }

    public void Kill() => Alive = false;

    /// <summary>Does something after so many more steps of this process: between any two of them.</summary>
    public void After(int steps, Action what) => (fuse, burn) = (Math.Max(1, steps), what);

    /// <summary>A step is over.</summary>
    public void Stepped()
    {
        if (fuse == 0 || --fuse > 0) return;
        burn!();
    }

    /// <summary>Begins something in this process.</summary>
    public void Start(Func<Task> what) => simulator.Add(new Work(this, static what => Watch(((Func<Task>)what!)()), what));

    // What fails without anybody awaiting it must not pass unnoticed.
    private static async void Watch(Task task) => await task;
}

/// <summary>A step that is ready to run.</summary>
internal readonly struct Work(SimProcess process, SendOrPostCallback? callback, object? state)
{
    public SimProcess Process => process;

    public override string ToString() => $"a step of {process.Name}, {callback?.Method.DeclaringType} {callback?.Method.Name} {(state is TurnQueue queue ? queue.Activation?.GrainId : (state as Delegate)?.Target ?? state)}";

    public void Run()
    {
        if (!process.Alive) return;
        // A grain's steps run on their own task scheduler, which a context would hide. Everything else comes back through one,
        // and a new one each time: what is ready within a step then waits for its turn, instead of running on at once.
        SynchronizationContext.SetSynchronizationContext(callback is null ? null : new ProcessContext(process));
        try
        {
            if (callback is null) ((IThreadPoolWorkItem)state!).Execute();
            else callback(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        process.Stepped();
    }
}

/// <summary>Brings what follows an await back to its process.</summary>
internal sealed class ProcessContext(SimProcess process) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => process.Simulator.Add(new Work(process, d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nothing waits for another step here");

    public override SynchronizationContext CreateCopy() => this;
}

/// <summary>Has the simulator choose which activation's step comes next.</summary>
internal sealed class ProcessTurns(SimProcess process) : ITurnScheduler
{
    public int StepsInARow => 1;

    public void Post(IThreadPoolWorkItem work) => process.Simulator.Add(new Work(process, null, work));
}

/// <summary>The clock of a process: virtual time, its wall clock off by a skew.</summary>
internal sealed class ProcessClock(SimProcess process) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => process.Simulator.Now + process.Skew;

    public override long GetTimestamp() => process.Simulator.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Ticker(process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Ticker : ITimer
    {
        private readonly SimProcess process;
        private readonly SimTimer timer;
        private TimeSpan period = Timeout.InfiniteTimeSpan;
        private bool disposed;

        public Ticker(SimProcess process, TimerCallback callback, object? state)
        {
            this.process = process;
            timer = new SimTimer(process, () =>
            {
                if (period > TimeSpan.Zero) process.Simulator.Set(timer!, period);
                callback(state);
            });
        }

        public bool Change(TimeSpan dueTime, TimeSpan nextPeriod)
        {
            if (disposed) return false;
            period = nextPeriod;
            if (dueTime < TimeSpan.Zero) timer.Cancel();
            else process.Simulator.Set(timer, dueTime);
            return true;
        }

        public void Dispose()
        {
            disposed = true;
            timer.Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
