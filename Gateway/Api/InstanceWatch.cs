using Fleet.Instances;

namespace Fleet.Gateway.Api;

/// <summary>Follows one instance for one caller.</summary>
internal sealed class InstanceWatch : IInstanceWatcher, IAsyncDisposable
{
    private readonly IGrainFactory grains;
    private readonly IInstanceGrain instance;
    private readonly IInstanceWatcher reference;
    private readonly Newest<InstanceView> newest;

    public InstanceWatch(IGrainFactory grains, InstanceId id, TimeProvider time)
    {
        this.grains = grains;
        instance = grains.Instance(id);
        reference = grains.CreateObjectReference<IInstanceWatcher>(this);
        newest = new(() => instance.Watch(reference), time);
    }

    public Task Changed(InstanceView instance)
    {
        newest.Put(instance);
        return Task.CompletedTask;
    }

    /// <summary>The view now, and again after each change, until cancelled.</summary>
    public IAsyncEnumerable<InstanceView> Views(CancellationToken cancel) => newest.Views(cancel);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await instance.Unwatch(reference);
        }
        finally
        {
            grains.DeleteObjectReference<IInstanceWatcher>(reference);
        }
    }
}
