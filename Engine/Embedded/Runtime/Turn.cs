namespace Fleet.Engine.Embedded;

/// <summary>How far a turn has come.</summary>
internal enum TurnStage
{
    /// <summary>It waits in a mailbox, or is on its way to one.</summary>
    Waiting,

    /// <summary>It has begun, and occupies its activation.</summary>
    Running,

    /// <summary>It has ended, or will never begin.</summary>
    Over,
}

/// <summary>Something that occupies an activation from its first step to its last: a call, a timer's tick, waking up, falling asleep.</summary>
internal abstract class Turn
{
    private static readonly AsyncLocal<Turn?> Flowing = new();

    private readonly Lock gate = new();
    private readonly List<Call> awaited = [];
    private volatile TurnStage stage;
    private volatile Mailbox? box;
    private int busy;

    /// <summary>The turn on whose behalf the current code runs; null outside of grains.</summary>
    public static Turn? Current
    {
        get => Flowing.Value is { Stage: TurnStage.Running } turn ? turn : null;
        set => Flowing.Value = value;
    }

    /// <summary>What it is, for people.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it may run whatever else waits.</summary>
    public virtual bool AlwaysInterleaves => false;

    /// <summary>Whether it may run beside others that only read.</summary>
    public virtual bool ReadsOnly => false;

    /// <summary>The chain of calls that it is part of, if that may come back to a grain that is waiting for it.</summary>
    public virtual object? Chain => null;

    /// <summary>Whether nobody is interested any more, so that it need not begin.</summary>
    public virtual bool IsAbandoned => false;

    /// <summary>Whether it counts as use of the activation.</summary>
    public virtual bool KeepsAwake => true;

    /// <summary>How far it has come.</summary>
    public TurnStage Stage => stage;

    /// <summary>Where it waits or runs.</summary>
    public Mailbox? Box
    {
        get => box;
        set => box = value;
    }

    /// <summary>The calls whose answers it may be waiting for; null while it waits for something else as well, or for nothing.</summary>
    public IReadOnlyList<Call>? AwaitedOnly
    {
        get { lock (gate) return busy > 0 || awaited.Count == 0 ? null : [.. awaited]; }
    }

    /// <summary>Does the work, from begin to end; does not throw: who waits for its outcome would not hear of it.</summary>
    public abstract Task Run();

    /// <summary>Tells the outcome, when the activation is free again.</summary>
    public virtual void Finish() { }

    /// <summary>Begins it; false, and then it never begins, if it was given up or nobody is interested any more.</summary>
    public bool TryBegin()
    {
        if (IsAbandoned) TryGiveUp();
        return Interlocked.CompareExchange(ref stage, TurnStage.Running, TurnStage.Waiting) == TurnStage.Waiting;
    }

    /// <summary>Sees to it that it never begins; false if it has begun. Whoever comes first, this or <see cref="TryBegin"/>, decides.</summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref stage, TurnStage.Over, TurnStage.Waiting) == TurnStage.Waiting;

    public void End() => stage = TurnStage.Over;

    public void Await(Call call)
    {
        lock (gate) awaited.Add(call);
    }

    public void Forget(Call call)
    {
        lock (gate) awaited.Remove(call);
    }

    /// <summary>Notes that the turn waits for something that ends by itself (storage).</summary>
    public void BeginOutside() => Interlocked.Increment(ref busy);

    public void EndOutside() => Interlocked.Decrement(ref busy);
}
