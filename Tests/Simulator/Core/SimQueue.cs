namespace Fleet.Simulation;

/// <summary>Hands things over from one process to another; who takes them goes on in its own.</summary>
internal sealed class SimQueue<T> where T : class
{
    private readonly Queue<T> waiting = new();
    private TaskCompletionSource<T?>? taker;
    private bool closed;

    public bool IsEmpty => waiting.Count == 0;

    public void Put(T item)
    {
        if (closed) return;
        if (Interlocked.Exchange(ref taker, null) is { } found) found.SetResult(item);
        else waiting.Enqueue(item);
    }

    /// <summary>The next one; null when the queue is closed and empty.</summary>
    public Task<T?> Take()
    {
        if (waiting.TryDequeue(out var item)) return Task.FromResult<T?>(item);
        if (closed) return Task.FromResult<T?>(null);
        taker = new();
        return taker.Task;
    }

    public void Close()
    {
        closed = true;
        Interlocked.Exchange(ref taker, null)?.SetResult(null);
    }
}
