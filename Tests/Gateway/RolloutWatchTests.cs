using Fleet.Rollouts;
using Google.Protobuf;

namespace Fleet.Gateway;

public sealed class RolloutWatchTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Fact]
    public async Task A_watch_begins_with_what_is_and_ends_with_the_rollout()
    {
        var rollout = gateway.Grains.Rollout("r1");
        rollout.View = RolloutApiTests.View("r1");
        using var watching = Client.Watch(new Wire.GetRolloutRequest { Rollout = "r1" });
        using var events = await Events("r1");

        Assert.Equal(Wire.RolloutPhase.Dispatching, await Next(watching));
        Assert.Equal(Wire.RolloutPhase.Dispatching, (await Next(events))?.Phase);
        await rollout.Become(rollout.View with { Phase = RolloutPhase.Baking });
        Assert.Equal(Wire.RolloutPhase.Baking, await Next(watching));
        Assert.Equal(Wire.RolloutPhase.Baking, (await Next(events))?.Phase);
        await rollout.Become(rollout.View with { Phase = RolloutPhase.Succeeded });
        Assert.Equal(Wire.RolloutPhase.Succeeded, await Next(watching));
        Assert.Equal(Wire.RolloutPhase.Succeeded, (await Next(events))?.Phase);

        Assert.Null(await Next(watching));
        Assert.Null(await Next(events));
        await rollout.Empty.WaitAsync(TestGateway.Patience);
    }

    [Fact]
    public async Task A_watch_of_what_has_ended_tells_so_and_ends()
    {
        gateway.Grains.Rollout("old").View = RolloutApiTests.View("old") with { Phase = RolloutPhase.RolledBack };
        using var watching = Client.Watch(new Wire.GetRolloutRequest { Rollout = "old" });

        Assert.Equal(Wire.RolloutPhase.RolledBack, await Next(watching));
        Assert.Null(await Next(watching));
    }

    [Fact]
    public async Task A_renewed_watch_tells_what_was_missed_and_nothing_twice()
    {
        var rollout = gateway.Grains.Rollout("r2");
        rollout.View = RolloutApiTests.View("r2");
        using var watching = Client.Watch(new Wire.GetRolloutRequest { Rollout = "r2" });
        Assert.Equal(Wire.RolloutPhase.Dispatching, await Next(watching));

        var next = Next(watching);
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        rollout.View = rollout.View with { Phase = RolloutPhase.Halted };
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Wire.RolloutPhase.Halted, await next);
    }

    [Fact]
    public async Task What_came_while_a_watch_was_renewed_is_newer_than_the_renewals_answer()
    {
        var (renewing, answer) = (new TaskCompletionSource(), new TaskCompletionSource<string>());
        var first = true;
        var newest = new Api.Newest<string>(
            () =>
            {
                if (first)
                {
                    first = false;
                    return Task.FromResult("at first");
                }

                renewing.TrySetResult();
                return answer.Task;
            },
            gateway.Time);
        await using var views = newest.Views(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        Assert.True(await views.MoveNextAsync());

        var next = views.MoveNextAsync().AsTask();
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await renewing.Task.WaitAsync(TestGateway.Patience);
        newest.Put("meanwhile");
        answer.SetResult("asked before");
        Assert.True(await next.WaitAsync(TestGateway.Patience));
        Assert.Equal("meanwhile", views.Current);
    }

    [Fact]
    public async Task A_stop_of_the_engine_ends_watches_and_says_so()
    {
        var rollout = gateway.Grains.Rollout("open");
        rollout.View = RolloutApiTests.View("open");
        using var watching = Client.Watch(new Wire.GetRolloutRequest { Rollout = "open" });
        using var events = await Events("open");
        Assert.NotNull(await Next(watching));
        Assert.NotNull(await Next(events));

        var stopped = gateway.Stop();
        await AccessTests.Refused(StatusCode.Unavailable, "ENGINE_STOPPING", () => Next(watching));
        Assert.Equal("event: error", await events.ReadLineAsync().WaitAsync(TestGateway.Patience));
        Assert.Contains("ENGINE_STOPPING", await events.ReadLineAsync(), StringComparison.Ordinal);
        await stopped.WaitAsync(TimeSpan.FromSeconds(5));
    }

    private Wire.Rollouts.RolloutsClient Client => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    private async Task<StreamReader> Events(string rollout)
    {
        var response = await gateway.Http().GetAsync($"/v1/rollouts/{rollout}:watch", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task<Wire.RolloutPhase?> Next(AsyncServerStreamingCall<Wire.Rollout> watching) =>
        await watching.ResponseStream.MoveNext().WaitAsync(TestGateway.Patience) ? watching.ResponseStream.Current.Phase : null;

    private static async Task<Wire.Rollout?> Next(StreamReader events)
    {
        if (await events.ReadLineAsync().WaitAsync(TestGateway.Patience) is null) return null;
        var data = (await events.ReadLineAsync())!;
        Assert.Equal("", await events.ReadLineAsync());
        return JsonParser.Default.Parse<Wire.Rollout>(data["data: ".Length..]);
    }
}
