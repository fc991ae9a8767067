namespace Fleet.Committing;

/// <summary>
/// Stores many small changes of one state in few writes: whoever comes while storage is busy is part of the next write.
/// For grains whose calls interleave; each call ends when its change is stored, or fails with the write that it was part of.
/// </summary>
/// <remarks>
/// The invariant that survives an await: storage is asked for one thing at a time, and a change is made to the state that
/// is stored then, not to the one that was stored when it was wished for.
/// </remarks>
internal sealed class Batches<T>(IPersistentState<T> stored, Action deactivate)
    where T : class
{
    private readonly List<Func<T, T>> wished = [];
    private TaskCompletionSource? next;
    private bool reading;
    private bool busy;

    /// <summary>Makes a change; a function that returns its argument changes nothing. Pure, and it may be called twice.</summary>
    public Task Change(Func<T, T> change)
    {
        if (!busy && ReferenceEquals(change(stored.State), stored.State)) return Task.CompletedTask;
        wished.Add(change);
        return Round();
    }

    /// <summary>Reads anew what is stored.</summary>
    public Task Read()
    {
        reading = true;
        return Round();
    }

    private Task Round()
    {
        next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = next.Task;
        if (!busy) _ = Work();
        return mine;
    }

    private async Task Work()
    {
        busy = true;
        while (next is { } round)
        {
            var changes = wished.ToArray();
            var read = reading;
            wished.Clear();
            (next, reading) = (null, false);
            try
            {
                if (read) await stored.ReadStateAsync();
                await stored.Replace(changes.Aggregate(stored.State, (state, change) => change(state)), deactivate);
                round.SetResult();
            }
            catch (Exception error)
            {
                round.SetException(error);
            }
        }
        busy = false;
    }
}
