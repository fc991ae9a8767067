using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;

namespace Fleet.Fakes;

/// <summary>Who watches what.</summary>
internal sealed class Watchers<T> where T : class, IDeepCloneable<T>
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<ChannelWriter<T>, ServerCallContext>> _all = new();

    public void Tell(string key, T now)
    {
        foreach (var watcher in Of(key).Keys) watcher.TryWrite(now.Clone());
    }

    /// <summary>Breaks their connections.</summary>
    public void Cut()
    {
        foreach (var context in _all.Values.SelectMany(w => w.Values)) context.GetHttpContext().Abort();
    }

    /// <summary>Writes the state now and every later one, until the last one was written.</summary>
    public async Task Serve(string key, Func<T> now, Func<T, bool> isLast, Action began, IServerStreamWriter<T> output, ServerCallContext context)
    {
        var news = Channel.CreateUnbounded<T>();
        Of(key)[news.Writer] = context;
        try
        {
            var first = now().Clone();
            await output.WriteAsync(first);
            began();
            if (isLast(first)) return;
            await foreach (var next in news.Reader.ReadAllAsync(context.CancellationToken))
            {
                await output.WriteAsync(next);
                if (isLast(next)) return;
            }
        }
        finally
        {
            Of(key).TryRemove(news.Writer, out _);
        }
    }

    private ConcurrentDictionary<ChannelWriter<T>, ServerCallContext> Of(string key) => _all.GetOrAdd(key, _ => new());
}
