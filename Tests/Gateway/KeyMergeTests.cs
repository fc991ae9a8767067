using System.Collections.Immutable;
using Fleet.Gateway.Api;
using FsCheck.Xunit;

namespace Fleet.Gateway;

public sealed class KeyMergeTests
{
    [Property(MaxTest = 300)]
    public void Pages_together_are_all_items_in_order_each_once(byte[] shardOf, byte size, byte ahead)
    {
        var (shards, pageSize) = (5, (size % 9) + 1);
        var all = shardOf.Select((shard, i) => (Key: $"{i * 7919 % 1009:0000}-{i}", Shard: shard % shards)).ToImmutableArray();

        var (seen, after, pages) = (new List<string>(), "", 0);
        while (true)
        {
            var merge = Merge(all, shards, (ahead % 4) + 1, after);
            var page = merge.Take(pageSize, TestContext.Current.CancellationToken).GetAwaiter().GetResult();
            seen.AddRange(page);
            Assert.Equal(seen.Count < all.Length, merge.More(TestContext.Current.CancellationToken).GetAwaiter().GetResult());
            if (seen.Count >= all.Length) break;
            Assert.Equal(pageSize, page.Length);
            (after, pages) = (page[^1], pages + 1);
            Assert.True(pages <= all.Length, "it goes round in circles");
        }

        Assert.Equal(all.Select(a => a.Key).Order(StringComparer.Ordinal), seen);
    }

    [Fact]
    public async Task A_shard_that_fails_fails_the_page()
    {
        var merge = new KeyMerge<string>(3, (shard, _, _) => shard == 2
            ? Task.FromException<ImmutableArray<string>>(new TimeoutException())
            : Task.FromResult<ImmutableArray<string>>([$"{shard}"]), key => key, "", 10);

        await Assert.ThrowsAsync<TimeoutException>(() => merge.Take(1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_shard_is_asked_for_much_more_than_its_share()
    {
        var all = Enumerable.Range(0, 6400).Select(i => (Key: $"{i:0000}", Shard: i % 64)).ToImmutableArray();
        var read = 0;
        var merge = new KeyMerge<string>(64, (shard, after, count) =>
        {
            var items = Of(all, shard, after, count);
            read += items.Length;
            return Task.FromResult(items);
        }, key => key, "", 4);

        Assert.Equal(100, (await merge.Take(100, TestContext.Current.CancellationToken)).Length);
        Assert.InRange(read, 100, 64 * 4);
    }

    private static KeyMerge<string> Merge(ImmutableArray<(string Key, int Shard)> all, int shards, int ahead, string after) =>
        new(shards, (shard, from, count) => Task.FromResult(Of(all, shard, from, count)), key => key, after, ahead);

    private static ImmutableArray<string> Of(ImmutableArray<(string Key, int Shard)> all, int shard, string after, int count) =>
        [.. all.Where(a => a.Shard == shard).Select(a => a.Key).Where(k => string.CompareOrdinal(k, after) > 0).Order(StringComparer.Ordinal).Take(count)];
}
