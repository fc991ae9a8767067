using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Client;

public sealed class PageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_collection_is_read_over_all_its_pages()
    {
        await using var engine = await Filled();
        using var client = engine.Client();

        Assert.Equal(["r5", "r4", "r3", "r2", "r1"], await client.Rollouts.List(cancel: Cancel).Select(r => r.Id).ToArrayAsync(Cancel));
        Assert.Equal(5, await client.Rollouts.ListTargets("r1", cancel: Cancel).CountAsync(Cancel));
        Assert.Equal(3, await client.Rollouts.ListTargets("r1", TargetState.Verified, Cancel).CountAsync(Cancel));
        Assert.Equal(["f1", "f2", "f3"], await client.Scheduling.ListFreezes(cancel: Cancel).Select(f => f.Id).ToArrayAsync(Cancel));
        Assert.Equal(["i1", "i2", "i3"], await client.Images.List(Cancel).Select(i => i.Name).ToArrayAsync(Cancel));
        Assert.Equal(["1", "2", "3"], await client.Images.ListVersions("i1", Cancel).Select(v => v.Version).ToArrayAsync(Cancel));
        Assert.Equal(["p1", "p2", "p3"], await client.Images.ListPatches("i1", Cancel).Select(p => p.Id).ToArrayAsync(Cancel));
        Assert.Equal(["d1", "d2", "d3"], await client.Resources.List(Cancel).Select(r => r.Name).ToArrayAsync(Cancel));
        Assert.Equal(["d1", "d3"], await client.Instances.List("web", "1", new Dictionary<string, string> { ["app"] = "shop" }, Cancel).Select(i => i.Resource).ToArrayAsync(Cancel));
        Assert.Equal(("web", "1"), (engine.Fleet.Asked.OfType<ListInstancesRequest>().First().Image, engine.Fleet.Asked.OfType<ListInstancesRequest>().First().Version));
    }

    [Fact]
    public async Task A_page_names_the_next_one_and_the_last_names_none()
    {
        await using var engine = await Filled();
        using var client = engine.Client();

        var first = await client.Images.ListPage(2, cancel: Cancel);
        var second = await client.Images.ListPage(2, first.NextToken, Cancel);

        Assert.Equal((2, false, 1, true), (first.Items.Count, first.IsLast, second.Items.Count, second.IsLast));
        Assert.Equal([2u, 2u], engine.Fleet.Asked.OfType<ListImagesRequest>().Select(r => r.PageSize));
    }

    [Fact]
    public async Task A_page_is_asked_for_when_its_first_item_is()
    {
        await using var engine = await Filled();
        using var client = engine.Client();
        await using var rollouts = client.Rollouts.List(cancel: Cancel).GetAsyncEnumerator(Cancel);

        Assert.Empty(engine.Calls);
        await rollouts.MoveNextAsync();
        await rollouts.MoveNextAsync();
        Assert.Single(engine.Calls);
        await rollouts.MoveNextAsync();
        Assert.Equal(2, engine.Calls.Count);
    }

    [Fact]
    public async Task A_page_that_fails_is_asked_for_again_and_nothing_is_told_twice()
    {
        await using var engine = await Filled();
        using var client = engine.Client();
        var seen = new List<string>();

        await foreach (var rollout in client.Rollouts.List(cancel: Cancel))
        {
            seen.Add(rollout.Id);
            if (seen.Count == 2) engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        }

        Assert.Equal(["r5", "r4", "r3", "r2", "r1"], seen);
        Assert.Equal(4, engine.Calls.Count);
    }

    [Fact]
    public async Task Reading_can_be_cancelled_between_pages()
    {
        await using var engine = await Filled();
        using var client = engine.Client();
        using var cancel = new CancellationTokenSource();
        var seen = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.Rollouts.List().WithCancellation(cancel.Token))
                if (++seen == 2) await cancel.CancelAsync();
        });
        Assert.Equal(2, seen);
    }

    [Fact]
    public async Task An_engine_that_names_the_same_page_for_ever_is_not_followed() =>
        Assert.Equal("PAGE_REPEATED", (await Assert.ThrowsAsync<FleetException>(async () =>
            await Pages.All((_, _) => Task.FromResult(new Page<int>([1], "again")), Cancel).CountAsync(Cancel))).Reason);

    [Fact]
    public async Task An_empty_page_is_not_the_end()
    {
        Page<int>[] pages = [new([], "1"), new([7], "2"), new([], "")];

        Assert.Equal(7, await Pages.All((token, _) => Task.FromResult(pages[token.Length == 0 ? 0 : int.Parse(token)]), Cancel).SingleAsync(Cancel));
    }

    private static async Task<FakeEngine> Filled()
    {
        var engine = await FakeEngine.Start();
        var fleet = engine.Fleet;
        for (var n = 1; n <= 5; n++)
        {
            fleet.Rollouts[$"r{n}"] = new Rollout { Id = $"r{n}" };
            fleet.Targets.Add(new Target { Resource = $"d{n}", State = n % 2 == 1 ? TargetState.Verified : TargetState.Failed });
        }
        for (var n = 1; n <= 3; n++)
        {
            fleet.Freezes[$"f{n}"] = new Freeze { Id = $"f{n}" };
            fleet.Resources[$"d{n}"] = new Resource { Name = $"d{n}" };
            fleet.Images[$"i{n}"] = new Image
            {
                Name = $"i{n}",
                Versions = { Enumerable.Range(1, 3).Select(v => new ImageVersion { Version = $"{v}" }) },
                Patches = { Enumerable.Range(1, 3).Select(p => new Patch { Id = $"p{p}" }) },
            };
            fleet.Set(new Instance { Resource = $"d{n}", Name = "nginx", Labels = { ["app"] = n == 2 ? "pay" : "shop" } });
        }
        return engine;
    }
}
