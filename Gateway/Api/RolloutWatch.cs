using Fleet.Rollouts;

namespace Fleet.Gateway.Api;

/// <summary>Follows one rollout for one caller.</summary>
internal sealed class RolloutWatch : IRolloutWatcher, IAsyncDisposable
{
    private readonly IGrainFactory grains;
    private readonly IRolloutGrain rollout;
    private readonly IRolloutWatcher reference;
    private readonly Newest<RolloutView?> newest;

    public RolloutWatch(IGrainFactory grains, string id, TimeProvider time)
    {
        this.grains = grains;
        rollout = grains.Rollout(id);
        reference = grains.CreateObjectReference<IRolloutWatcher>(this);
        newest = new(() => rollout.Watch(reference), time);
    }

    public Task Changed(RolloutView rollout)
    {
        newest.Put(rollout);
        return Task.CompletedTask;
    }

    /// <summary>The view now, and again after each change, until cancelled; null when there is no such rollout.</summary>
    public IAsyncEnumerable<RolloutView?> Views(CancellationToken cancel) => newest.Views(cancel);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await rollout.Unwatch(reference);
        }
        finally
        {
            grains.DeleteObjectReference<IRolloutWatcher>(reference);
        }
    }
}
