namespace Fleet;

/// <summary>
/// Those who are told of a grain. Telling never waits and never fails: a watcher that can't be told is forgotten, and
/// one that still wants to know asks again.
/// </summary>
/// <param name="tell">Tells one of them.</param>
internal sealed class Watchers<TWatcher, TView>(Func<TWatcher, TView, Task> tell)
    where TWatcher : IGrainObserver
{
    /// <summary>Who doesn't renew for so long is forgotten.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromMinutes(5);

    private ImmutableArray<(TWatcher Watcher, DateTimeOffset Until)> watchers = [];

    public bool Any => !watchers.IsEmpty;

    public void Add(TWatcher watcher, DateTimeOffset now)
    {
        Remove(watcher);
        watchers = watchers.Add((watcher, now + Renewal));
    }

    public void Remove(TWatcher watcher) => watchers = watchers.RemoveAll(w => w.Watcher.Equals(watcher));

    public void Tell(TView view, DateTimeOffset now)
    {
        watchers = watchers.RemoveAll(w => w.Until <= now);
        foreach (var (watcher, _) in watchers) _ = Tell(watcher, view);
    }

    private async Task Tell(TWatcher watcher, TView view)
    {
        try
        {
            await tell(watcher, view);
        }
        catch (Exception)
        {
            Remove(watcher);     // gone, or too slow to matter
        }
    }
}
