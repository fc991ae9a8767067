namespace Fleet.Instances;

/// <summary>
/// Those who are told of an instance. Telling never waits and never fails: a watcher that can't be told is forgotten, and
/// one that still wants to know asks again.
/// </summary>
internal sealed class Watchers
{
    /// <summary>Who doesn't renew for so long is forgotten.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromMinutes(5);

    private ImmutableArray<(IInstanceWatcher Watcher, DateTimeOffset Until)> watchers = [];

    public bool Any => !watchers.IsEmpty;

    public void Add(IInstanceWatcher watcher, DateTimeOffset now)
    {
        Remove(watcher);
        watchers = watchers.Add((watcher, now + Renewal));
    }

    public void Remove(IInstanceWatcher watcher) => watchers = watchers.RemoveAll(w => w.Watcher.Equals(watcher));

    public void Tell(InstanceView view, DateTimeOffset now)
    {
        watchers = watchers.RemoveAll(w => w.Until <= now);
        foreach (var (watcher, _) in watchers) _ = Tell(watcher, view);
    }

    private async Task Tell(IInstanceWatcher watcher, InstanceView view)
    {
        try
        {
            await watcher.Changed(view);
        }
        catch (Exception)
        {
            Remove(watcher);     // gone, or too slow to matter
        }
    }
}
