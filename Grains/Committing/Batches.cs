namespace Fleet.Committing;

/// <summary>
/// Stores many small changes of one state in few writes: whoever comes while a write is under way is part of the next one.
/// For grains whose calls interleave; each call ends when its change is stored, or fails with the write that it was part of.
/// </summary>
/// <remarks>
/// The invariant that survives an await: the stored state is only replaced by a write that succeeded, and there is one
/// write at a time.
/// </remarks>
internal sealed class Batches<T>(IPersistentState<T> stored, Action deactivate)
    where T : class
{
    private T? next;
    private TaskCompletionSource? round;
    private bool writing;

    /// <summary>The state with all changes, also those that are being stored.</summary>
    private T Newest => next ?? stored.State;

    /// <summary>Makes a change; a function that returns its argument changes nothing, but what it saw is stored when this ends.</summary>
    public Task Change(Func<T, T> change)
    {
        var changed = change(Newest);
        if (ReferenceEquals(changed, stored.State) && next is null && !writing) return Task.CompletedTask;
        next = changed;
        round ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = round.Task;
        if (!writing) _ = Write();
        return mine;
    }

    private async Task Write()
    {
        writing = true;
        while (next is { } state)
        {
            var mine = round!;
            (next, round) = (null, null);
            try
            {
                await stored.Replace(state, deactivate);
                mine.SetResult();
            }
            catch (Exception error)
            {
                // What was built on it can't stand either: those callers repeat.
                next = null;
                mine.SetException(error);
                round?.SetException(error);
                round = null;
            }
        }
        writing = false;
    }
}
