using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Fleet.Gateway.Api;

/// <summary>Views of one thing for one watcher. Who reads slowly misses views in between, and always gets the newest.</summary>
/// <param name="watch">Begins or renews the watch, and tells the view now.</param>
internal sealed class Newest<T>(Func<Task<T>> watch, TimeProvider time)
    where T : class?
{
    // The grain forgets a watcher after five minutes without renewal.
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);

    private readonly Lock onePut = new();
    private readonly Channel<T> newest = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private long puts;

    /// <summary>There is a newer view.</summary>
    public void Put(T view)
    {
        lock (onePut)
        {
            puts++;
            newest.Writer.TryWrite(view);
        }
    }

    /// <summary>The view now, and again after each change, until cancelled.</summary>
    public async IAsyncEnumerable<T> Views([EnumeratorCancellation] CancellationToken cancel)
    {
        yield return await watch();
        using var renewal = new PeriodicTimer(RenewEvery, time);
        var tick = renewal.WaitForNextTickAsync(cancel).AsTask();
        while (true)
        {
            var change = newest.Reader.WaitToReadAsync(cancel).AsTask();
            while (await Task.WhenAny(change, tick) == tick)
            {
                await tick;
                await Renew();
                tick = renewal.WaitForNextTickAsync(cancel).AsTask();
            }

            await change;
            if (newest.Reader.TryRead(out var view)) yield return view;
        }
    }

    // Whatever changed between two renewals after the grain had lost us is in this view. What was put meanwhile is newer.
    private async Task Renew()
    {
        var before = Interlocked.Read(ref puts);
        var view = await watch();
        lock (onePut)
        {
            if (puts == before) newest.Writer.TryWrite(view);
        }
    }
}
