using System.Collections.Immutable;

namespace Fleet.Gateway.Api;

/// <summary>Reads the shards of a list as one, in the order of keys. What a shard can't tell fails the whole: a page never lacks a shard.</summary>
/// <param name="read">Asks one shard for items after a key, in the order of keys; at most so many.</param>
/// <param name="key">Where an item stands: ordinal order, and each key once.</param>
/// <param name="after">The key to begin after; empty begins.</param>
/// <param name="ahead">How many are asked of one shard at a time.</param>
internal sealed class KeyMerge<T>(int shards, Func<int, string, int, Task<ImmutableArray<T>>> read, Func<T, string> key, string after, int ahead)
    where T : class
{
    private readonly Shard[] shards = [.. Enumerable.Range(0, shards).Select(number => new Shard(number, after))];

    /// <summary>The next items; fewer than asked for only at the end.</summary>
    public async Task<ImmutableArray<T>> Take(int count, CancellationToken cancel)
    {
        var taken = ImmutableArray.CreateBuilder<T>();
        while (taken.Count < count && await First(cancel) is { } shard) taken.Add(shard.Ahead.Dequeue());
        return taken.ToImmutable();
    }

    /// <summary>Whether there is another item.</summary>
    public async Task<bool> More(CancellationToken cancel) => await First(cancel) is not null;

    private async Task<Shard?> First(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (shards.Any(s => s.MustRead)) await Task.WhenAll(shards.Where(s => s.MustRead).Select(ReadAhead));
        return shards.Where(s => s.Ahead.Count > 0).MinBy(s => key(s.Ahead.Peek()), StringComparer.Ordinal);
    }

    private async Task ReadAhead(Shard shard)
    {
        var items = await read(shard.Number, shard.Last, ahead);
        foreach (var item in items) shard.Ahead.Enqueue(item);
        if (items.Length > 0) shard.Last = key(items[^1]);
        shard.Ended = items.Length < ahead;
    }

    /// <summary>One shard, read ahead.</summary>
    private sealed class Shard(int number, string after)
    {
        public int Number => number;

        public Queue<T> Ahead { get; } = new();

        /// <summary>The key of the last item that was read.</summary>
        public string Last { get; set; } = after;

        public bool Ended { get; set; }

        public bool MustRead => Ahead.Count == 0 && !Ended;
    }
}
