using Orleans.Storage;

namespace Fleet.Committing;

/// <summary>The way in which every grain writes.</summary>
internal static class PersistentStates
{
    /// <summary>
    /// Stores the next state. Memory never runs ahead of storage, nor stays behind it: a failed write is followed by a read, which
    /// brings the old state back, or the next one if it landed all the same.
    /// </summary>
    /// <param name="deactivate">Ends the activation. Called when someone else wrote, and when it can't be read what is stored.</param>
    public static async Task Replace<T>(this IPersistentState<T> stored, T next, Action deactivate)
    {
        var (before, etag) = (stored.State, stored.Etag);
        if (ReferenceEquals(next, before)) return;

        stored.State = next;
        try
        {
            await stored.WriteStateAsync();
        }
        catch (Exception error)
        {
            stored.State = before;
            if (error is InconsistentStateException || !await stored.CanRead()) deactivate();
            else if (stored.Etag == etag) stored.State = before;
            throw;
        }
    }

    private static async Task<bool> CanRead<T>(this IPersistentState<T> stored)
    {
        try
        {
            await stored.ReadStateAsync();
            return true;
        }
        catch (Exception)
        {
            // The caller throws what came first.
            return false;
        }
    }
}
