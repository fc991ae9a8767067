using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Client;

public sealed class WatchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_tells_the_state_now_and_every_later_one()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        using var client = engine.Client();
        await using var watch = client.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);

        Assert.Equal(1u, await Next(watch));
        engine.Fleet.Set(Testing.Nginx(2));
        Assert.Equal(2u, await Next(watch));
    }

    [Fact]
    public async Task A_cut_watch_comes_back_with_the_newest_state()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        using var client = engine.Client();
        await using var watch = client.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);
        await Next(watch);

        engine.Fleet.CutWatches();
        engine.Fleet.Set(Testing.Nginx(2));
        engine.Fleet.Set(Testing.Nginx(3));

        // State 2 may or may not be seen; state 3 must be.
        while (await Next(watch) != 3) { }
        engine.Fleet.Set(Testing.Nginx(4));
        Assert.Equal(4u, await Next(watch));
    }

    [Fact]
    public async Task A_watch_outlives_a_restart_of_the_engine()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        using var client = engine.Client();
        await using var watch = client.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);
        await Next(watch);

        var next = Next(watch);
        await engine.Stop();
        engine.Fleet.Set(Testing.Nginx(2));
        await engine.Restart();

        Assert.Equal(2u, await next);
    }

    [Fact]
    public async Task What_was_told_before_a_cut_is_not_told_again_after_it()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        using var client = engine.Client();
        await using var watch = client.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);
        await Next(watch);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);

        var next = Next(watch);
        engine.Fleet.CutWatches();
        await engine.Fleet.WatchBegan.WaitAsync(Cancel); // back again, and told state 1 a second time
        engine.Fleet.Set(Testing.Nginx(2));

        Assert.Equal(2u, await next);
    }

    [Fact]
    public async Task A_watch_that_never_began_fails_as_any_call_does()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        Assert.Equal(StatusCode.NotFound, (await Failure(client)).Status);
        await engine.Stop();
        Assert.Equal(StatusCode.Unavailable, (await Failure(client)).Status);
        await engine.Restart();

        async Task<FleetException> Failure(FleetClient asking)
        {
            await using var watch = asking.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);
            return await Assert.ThrowsAsync<FleetException>(async () => await watch.MoveNextAsync());
        }
    }

    [Fact]
    public async Task A_watch_gives_up_when_its_patience_ends()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        var time = new FakeTimeProvider();
        using var client = engine.Client(time);
        await using var watch = client.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);
        await Next(watch);

        await engine.Stop();
        time.AutoAdvanceAmount = TimeSpan.FromMinutes(1); // at each look at the clock

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<FleetException>(async () => await watch.MoveNextAsync())).Status);
        await engine.Restart();
    }

    [Fact]
    public async Task Patience_is_counted_from_the_break_and_not_from_the_last_news()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        var time = new FakeTimeProvider();
        using var client = engine.Client(time);
        await using var watch = client.Instances.Watch("web-1", "nginx", Cancel).GetAsyncEnumerator(Cancel);
        await Next(watch);

        time.Advance(TimeSpan.FromHours(1)); // nothing happened to it
        engine.Fleet.CutWatches();
        engine.Fleet.Set(Testing.Nginx(2));

        Assert.Equal(2u, await Next(watch));
    }

    [Fact]
    public async Task Waiting_for_a_change_tells_its_states_and_ends_with_it()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1, ChangePhase.Requested));
        using var client = engine.Client();
        var seen = new List<ChangePhase>();

        var waiting = client.Instances.WaitForEnd(Testing.Change("c1", ChangePhase.Requested), c => seen.Add(c.Phase), Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(Testing.Nginx(2, ChangePhase.Requested, ChangePhase.Applied));
        engine.Fleet.Set(Testing.Nginx(2, ChangePhase.Requested, ChangePhase.Applied, ChangePhase.Committed));

        Assert.Equal(ChangePhase.Committed, (await waiting).Phase);
        Assert.Equal([ChangePhase.Requested, ChangePhase.Applied, ChangePhase.Committed], seen);
    }

    [Fact]
    public async Task A_change_whose_place_a_later_one_took_is_asked_for_by_its_id()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Changes["c1"] = Testing.Change("c1", ChangePhase.RolledBack);
        var later = Testing.Nginx(3, ChangePhase.Requested);
        later.Change.Id = "c2";
        engine.Fleet.Set(later);
        using var client = engine.Client();

        Assert.Equal(ChangePhase.RolledBack, (await client.Instances.WaitForEnd(Testing.Change("c1", ChangePhase.Applied), cancel: Cancel)).Phase);
    }

    private static async Task<ulong> Next(IAsyncEnumerator<Instance> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return watch.Current.Generation;
    }
}
