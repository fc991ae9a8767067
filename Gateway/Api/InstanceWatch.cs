using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Fleet.Instances;

namespace Fleet.Gateway.Api;

/// <summary>Follows one instance for one caller. Who reads slowly misses views in between, and always gets the newest.</summary>
internal sealed class InstanceWatch : IInstanceWatcher, IAsyncDisposable
{
    // The grain forgets a watcher after five minutes without renewal.
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);

    private readonly Channel<InstanceView> newest = Channel.CreateBounded<InstanceView>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly IGrainFactory grains;
    private readonly IInstanceGrain instance;
    private readonly IInstanceWatcher reference;
    private readonly TimeProvider time;

    public InstanceWatch(IGrainFactory grains, InstanceId id, TimeProvider time)
    {
        (this.grains, this.time) = (grains, time);
        instance = grains.Instance(id);
        reference = grains.CreateObjectReference<IInstanceWatcher>(this);
    }

    public Task Changed(InstanceView instance)
    {
        newest.Writer.TryWrite(instance);
        return Task.CompletedTask;
    }

    /// <summary>The view now, and again after each change, until cancelled.</summary>
    public async IAsyncEnumerable<InstanceView> Views([EnumeratorCancellation] CancellationToken cancel)
    {
        yield return await instance.Watch(reference);
        using var renewal = new PeriodicTimer(RenewEvery, time);
        var tick = renewal.WaitForNextTickAsync(cancel).AsTask();
        while (true)
        {
            var change = newest.Reader.WaitToReadAsync(cancel).AsTask();
            while (await Task.WhenAny(change, tick) == tick)
            {
                await tick;
                // Whatever changed between two renewals after the grain had lost us is in this view.
                newest.Writer.TryWrite(await instance.Watch(reference));
                tick = renewal.WaitForNextTickAsync(cancel).AsTask();
            }

            await change;
            if (newest.Reader.TryRead(out var view)) yield return view;
        }
    }

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
