using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Engine.Embedded;

/// <summary>One grain while it is awake: its object, its mailbox, its timers, its states.</summary>
internal sealed class Activation : IGrainContext
{
    /// <summary>How long waking up and falling asleep may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EmbeddedEngine engine;
    private readonly AsyncServiceScope services;
    private readonly List<IStoredState> states = [];
    private readonly HashSet<GrainTimer> timers = [];
    private readonly TaskCompletionSource deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastUse;
    private int begun;
    private Exception? couldNotWake;
    private DateTimeOffset awakeUntil = DateTimeOffset.MinValue;

    public Activation(EmbeddedEngine engine, GrainId id, GrainKind kind, int worker = 0)
    {
        this.engine = engine;
        (GrainId, Kind, Worker) = (id, kind, worker);
        services = engine.Services.CreateAsyncScope();
        Queue = new TurnQueue(engine.Turns, this);
        Box = new Mailbox(Queue, kind.IsReentrant, engine.Log);
        Queue.Quiet = Box.LookForDeadlock;
        GrainReference = GrainKind.Reference(engine, id);
        Touch();
    }

    public GrainId GrainId { get; }

    public GrainKind Kind { get; }

    /// <summary>Which of a stateless worker's activations this is, from 0.</summary>
    public int Worker { get; }

    public GrainReference GrainReference { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => services.ServiceProvider;

    public Task Deactivated => deactivated.Task;

    public TurnQueue Queue { get; }

    public Mailbox Box { get; }

    /// <summary>
    /// Begins to wake up, once. Not when it is made: only when it is known as the grain's one activation may its code run,
    /// or a call that this code causes would find none and wake a second.
    /// </summary>
    public void Begin()
    {
        if (Volatile.Read(ref begun) == 0 && Interlocked.Exchange(ref begun, 1) == 0) Box.BeginFirst(new WakingUp(this));
    }

    /// <summary>Takes a turn; false if this activation has ended.</summary>
    public bool TryAdd(Turn turn)
    {
        if (turn.KeepsAwake) Touch();
        return Box.TryAdd(turn);
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) =>
        Box.Drain(new FallingAsleep(this, deactivationReason));

    /// <summary>Whether nobody has called for a while, and it may fall asleep.</summary>
    public bool IsUnusedSince(TimeSpan age)
    {
        var now = engine.Options.Time.GetUtcNow();
        return now.UtcTicks - Volatile.Read(ref lastUse) >= age.Ticks && now >= awakeUntil && Box.IsIdle;
    }

    /// <summary>Falls asleep if nobody has called for a while.</summary>
    public void DeactivateIfUnusedSince(TimeSpan age)
    {
        if (IsUnusedSince(age))
            Deactivate(new(DeactivationReasonCode.ActivationIdle, $"Nobody called for {age}."));
    }

    /// <summary>Stays awake for at least this long; a negative time takes that back.</summary>
    public void Delay(TimeSpan time) =>
        awakeUntil = time < TimeSpan.Zero ? DateTimeOffset.MinValue
            : time == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue
            : engine.Options.Time.GetUtcNow() + time;

    public IGrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (!Queue.IsCurrent) throw new InvalidOperationException($"A timer of grain {GrainId} can only be registered by the grain itself, within a turn.");
        var timer = new GrainTimer(this, engine.Options.Time, engine.Log, callback, options);
        lock (timers) timers.Add(timer);
        return timer;
    }

    public void Remove(GrainTimer timer)
    {
        lock (timers) timers.Remove(timer);
    }

    /// <summary>A state that the grain's constructor asked for; read before the grain wakes.</summary>
    public void Add(IStoredState state) => states.Add(state);

    /// <summary>As in a crash: nothing more of this activation runs, and who waits for it hears so.</summary>
    public void Kill()
    {
        Queue.Kill();
        DisposeTimers();
        foreach (var call in Box.Shut().Concat(Box.Running()).OfType<Call>()) call.Fail(EmbeddedEngine.Stopped());
    }

    private void Touch() => Volatile.Write(ref lastUse, engine.Options.Time.GetUtcNow().UtcTicks);

    private async Task WakeUp()
    {
        GrainInstance = Kind.Create(this);
        foreach (var state in states) await InTime(_ => state.ReadStateAsync());
        if (GrainInstance is IGrainBase grain) await InTime(grain.OnActivateAsync);
    }

    private async Task FallAsleep(DeactivationReason reason)
    {
        DisposeTimers();
        try
        {
            if (couldNotWake is null && GrainInstance is IGrainBase grain) await InTime(patience => grain.OnDeactivateAsync(reason, patience));
        }
        catch (Exception error)
        {
            engine.Log.DeactivationFailed(error, GrainId);
        }

        await DisposeGrain();
    }

    /// <summary>Waits for a step of the grain, but not for ever, whether or not it heeds its token.</summary>
    private async Task InTime(Func<CancellationToken, Task> step)
    {
        using var patience = new CancellationTokenSource(Patience, engine.Options.Time);
        try
        {
            await step(patience.Token).WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new TimeoutException($"It took longer than {Patience.TotalSeconds:0} s.");
        }
    }

    /// <summary>Leaves the engine. Who waited is sent on to the next activation, or hears why this one could not wake.</summary>
    private void Leave()
    {
        engine.Remove(this);
        foreach (var turn in Box.Shut())
        {
            if (turn is not Call { IsAbandoned: false } call) continue;
            if (couldNotWake is null) engine.Dispatch(call);
            else call.Fail(couldNotWake);
        }

        deactivated.TrySetResult();
    }

    /// <summary>Lets go of the grain and of what was made for it; what that throws ends nothing else.</summary>
    private async Task DisposeGrain()
    {
        try
        {
            await using (services)
            {
                if (GrainInstance is IAsyncDisposable asynchronously) await asynchronously.DisposeAsync();
                else (GrainInstance as IDisposable)?.Dispose();
            }
        }
        catch (Exception error)
        {
            engine.Log.DisposalFailed(error, GrainId);
        }
    }

    private void DisposeTimers()
    {
        GrainTimer[] left;
        lock (timers) left = [.. timers];
        foreach (var timer in left) timer.Dispose();
    }

    private sealed class WakingUp(Activation activation) : Turn
    {
        public override string Name => $"{activation.GrainId} waking up";

        public override async Task Run()
        {
            try
            {
                await activation.WakeUp();
            }
            catch (Exception error)
            {
                activation.couldNotWake = error;
                activation.engine.Log.ActivationFailed(error, activation.GrainId);
            }
        }

        public override void Finish()
        {
            if (activation.couldNotWake is { } error) activation.Deactivate(new(DeactivationReasonCode.ActivationFailed, error, "The grain could not wake up."));
            else activation.Box.Open();
        }
    }

    private sealed class FallingAsleep(Activation activation, DeactivationReason reason) : Turn
    {
        public override string Name => $"{activation.GrainId} falling asleep";

        public override Task Run() => activation.FallAsleep(reason);

        public override void Finish() => activation.Leave();
    }
}
