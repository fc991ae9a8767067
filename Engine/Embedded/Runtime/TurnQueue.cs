namespace Fleet.Engine.Embedded;

/// <summary>
/// Runs the code of one activation, one step at a time: whatever its turns await continues here, so a grain never meets itself
/// on two threads. Between the steps of one turn, steps of another may come; <see cref="Mailbox"/> decides which turns those are.
/// </summary>
internal sealed class TurnQueue(ITurnScheduler turns, IGrainContext? activation) : TaskScheduler, IThreadPoolWorkItem
{
    [ThreadStatic] private static TurnQueue? executing;

    private readonly Lock gate = new();
    private readonly Queue<Task> steps = new();
    private bool busy;
    private bool dead;

    /// <summary>The activation whose code runs here and now; null outside of grains.</summary>
    public static IGrainContext? CurrentActivation => (Current as TurnQueue)?.Activation;

    /// <summary>Whose code this runs; null for an observer's.</summary>
    public IGrainContext? Activation { get; } = activation;

    /// <summary>Called each time when everything that was ready has run.</summary>
    public Action? Quiet { get; set; }

    /// <summary>Whether nothing runs and nothing is ready to run.</summary>
    public bool IsQuiet
    {
        get { lock (gate) return !busy; }
    }

    /// <summary>Whether the current code runs on this queue.</summary>
    public bool IsCurrent => Current == this;

    /// <summary>Adds a step that knows nothing of where it comes from: what the sender keeps in its context stays there.</summary>
    public void Post(Action<object?> step, object? state)
    {
        using var _ = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        new Task(step, state, CancellationToken.None, TaskCreationOptions.DenyChildAttach).Start(this);
    }

    /// <summary>As in a crash: nothing more runs, whatever it was.</summary>
    public void Kill()
    {
        lock (gate)
        {
            dead = true;
            steps.Clear();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        var before = executing;
        executing = this;
        try
        {
            for (var step = 0; step < turns.StepsInARow; step++)
            {
                if (Next() is not { } task)
                {
                    Quiet?.Invoke();
                    return;
                }

                TryExecuteTask(task);
            }
        }
        finally
        {
            executing = before;
        }

        turns.Post(this);
    }

    protected override void QueueTask(Task task)
    {
        lock (gate)
        {
            if (dead) return;
            steps.Enqueue(task);
            if (busy) return;
            busy = true;
        }

        turns.Post(this);
    }

    /// <summary>A step may run within another one of the same activation, where nothing else of it runs at the same time.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        executing == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (gate) return [.. steps];
    }

    private Task? Next()
    {
        lock (gate)
        {
            if (steps.TryDequeue(out var task)) return task;
            busy = false;
            return null;
        }
    }
}
