using Orleans.Storage;

namespace Fleet.Committing;

/// <summary>Writes for grains that have no effects on others.</summary>
internal static class PersistentStates
{
    /// <summary>Stores the next state. Memory never runs ahead of storage: after a failed write the old state is back.</summary>
    /// <param name="deactivate">Called when storage says that someone else wrote: the truth must be read again.</param>
    public static async Task Replace<T>(this IPersistentState<T> stored, T next, Action? deactivate = null)
    {
        var before = stored.State;
        if (ReferenceEquals(next, before)) return;

        stored.State = next;
        try
        {
            await stored.WriteStateAsync();
        }
        catch (Exception error)
        {
            stored.State = before;
            if (error is InconsistentStateException) deactivate?.Invoke();
            throw;
        }
    }
}
