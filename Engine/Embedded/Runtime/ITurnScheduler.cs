namespace Fleet.Engine.Embedded;

/// <summary>
/// Decides when and where work that is ready runs: the one place where the engine meets threads. A simulator puts its own
/// here, and with it chooses, on one thread, whose turn comes next.
/// </summary>
public interface ITurnScheduler
{
    /// <summary>How many steps of one activation may run in a row before others get their chance.</summary>
    int StepsInARow { get; }

    /// <summary>Runs the work some time later, not within this call.</summary>
    void Post(IThreadPoolWorkItem work);
}

/// <summary>Runs work on the threads of the process.</summary>
internal sealed class ThreadPoolTurns : ITurnScheduler
{
    public int StepsInARow => 64;

    public void Post(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
}
