using System.Security.Cryptography;
using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;
using Fleet.Images;
using Microsoft.AspNetCore.Http;

namespace Fleet.Agent.Link;

public sealed class EngineContentTests
{
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(700_000);
    private static readonly Descriptor Blob = new(MediaTypes.LayerGzip, Digest.Of(Bytes), Bytes.Length);

    [Fact]
    public async Task A_blob_is_fetched_once_and_is_then_there()
    {
        await using var engine = await TestEngine.Start();
        var requests = 0;
        engine.Script.Blob = context =>
        {
            requests++;
            Assert.Equal($"/v2/nginx/blobs/{Blob.Digest}", context.Request.Path);
            return Give(context, Bytes);
        };
        using var directory = new Temporary();
        using var content = Content(engine, directory, out var store);
        await Task.WhenAll(content.Fetch("nginx", Blob, CancellationToken.None), content.Fetch("nginx", Blob, CancellationToken.None));
        Assert.Equal(Bytes, await store.Read(Blob.Digest));
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task A_transfer_that_breaks_goes_on_where_it_stopped()
    {
        await using var engine = await TestEngine.Start();
        var ranges = new List<string>();
        engine.Script.Blob = async context =>
        {
            ranges.Add(context.Request.Headers.Range.ToString());
            var from = From(context);
            var until = Math.Min(Bytes.Length, from + 250_000);
            context.Response.ContentLength = Bytes.Length - from;
            if (from > 0) Partial(context, from);
            await context.Response.Body.WriteAsync(Bytes.AsMemory(from..until));
            await context.Response.Body.FlushAsync();
            if (until < Bytes.Length) context.Abort();
        };
        using var directory = new Temporary();
        using var content = Content(engine, directory, out var store);
        await content.Fetch("nginx", Blob, CancellationToken.None);

        Assert.Equal(Bytes, await store.Read(Blob.Digest));
        Assert.True(ranges.Count >= 3);
        Assert.Equal("", ranges[0]);
        Assert.Contains(ranges.Skip(1), range => range.StartsWith("bytes=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_is_asked_for_the_whole()
    {
        await using var engine = await TestEngine.Start();
        var requests = 0;
        engine.Script.Blob = async context =>
        {
            if (++requests > 1)
            {
                await Give(context, Bytes);
                return;
            }

            context.Response.ContentLength = Bytes.Length;
            await context.Response.Body.WriteAsync(Bytes.AsMemory(..100_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        using var directory = new Temporary();
        using var content = Content(engine, directory, out var store);
        await content.Fetch("nginx", Blob, CancellationToken.None);
        Assert.Equal(Bytes, await store.Read(Blob.Digest));
    }

    [Fact]
    public async Task A_busy_engine_costs_no_tries()
    {
        await using var engine = await TestEngine.Start();
        var requests = 0;
        engine.Script.Blob = context =>
        {
            if (++requests > 9) return Give(context, Bytes);
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (requests % 2 == 0 ? 429 : 503, "0");
            return Task.CompletedTask;
        };
        using var directory = new Temporary();
        using var content = Content(engine, directory, out var store);
        await content.Fetch("nginx", Blob, CancellationToken.None);
        Assert.True(store.Has(Blob.Digest));
    }

    [Fact]
    public async Task Wrong_bytes_are_never_kept_and_tries_end()
    {
        await using var engine = await TestEngine.Start();
        var wrong = Bytes.ToArray();
        wrong[5] ^= 1;
        var requests = 0;
        engine.Script.Blob = context =>
        {
            requests++;
            return Give(context, wrong);
        };
        using var directory = new Temporary();
        using var content = Content(engine, directory, out var store);
        var failure = await Assert.ThrowsAsync<ContentUnavailableException>(() => content.Fetch("nginx", Blob, CancellationToken.None));
        Assert.False(failure.Final);
        Assert.Contains("expected", failure.Message);
        Assert.False(store.Has(Blob.Digest));
        Assert.Equal(6, requests);
    }

    [Fact]
    public async Task A_blob_that_nobody_has_is_not_asked_for_again()
    {
        await using var engine = await TestEngine.Start();
        using var directory = new Temporary();
        using var content = Content(engine, directory, out _);
        var failure = await Assert.ThrowsAsync<ContentUnavailableException>(() => content.Fetch("nginx", Blob, CancellationToken.None));
        Assert.True(failure.Final);
        Assert.Contains("publish it", failure.Message);
    }

    private static EngineContent Content(TestEngine engine, Temporary directory, out ContentStore store)
    {
        var identity = new DeviceIdentity("device-1", engine.Authority.Issue("device-1", TestAuthority.Client), engine.Authority.Certificate);
        store = new ContentStore(directory.Path);
        return new(new EngineDoor(engine.Address, identity, TimeProvider.System), store, new Hurried(), new Random(1), AgentLog.Silent);
    }

    private static async Task Give(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes);
    }

    private static int From(HttpContext context) =>
        context.Request.Headers.Range.ToString() is { Length: > 0 } range ? int.Parse(range["bytes=".Length..^1]) : 0;

    private static void Partial(HttpContext context, int from)
    {
        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = $"bytes {from}-{Bytes.Length - 1}/{Bytes.Length}";
    }

    /// <summary>A clock on which every wait between two tries is over at once; the guard against a stalled transfer waits on.</summary>
    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == TimeSpan.FromSeconds(30) ? dueTime : TimeSpan.Zero, period);
    }
}
