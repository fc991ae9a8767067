using System.Net;
using Google.Protobuf;

namespace Fleet.Gateway;

public sealed class WatchTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Fact]
    public async Task A_watcher_gets_the_view_now_and_after_each_change_as_numbered_events()
    {
        var instance = gateway.Grains.Instance("edge-1/web");
        instance.View = ApiTests.View("edge-1/web") with { Generation = 1 };
        using var events = await Events("/v1/resources/edge-1/instances/web:watch");

        Assert.Equal(("1", 1ul), await Next(events));
        await instance.Become(instance.View with { Generation = 2 });
        Assert.Equal(("2", 2ul), await Next(events));
    }

    [Fact]
    public async Task A_quiet_stream_says_that_it_is_still_there()
    {
        gateway.Grains.Instance("edge-1/quiet").View = ApiTests.View("edge-1/quiet");
        using var events = await Events("/v1/resources/edge-1/instances/quiet:watch");
        await Next(events);

        gateway.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.StartsWith(":", await events.ReadLineAsync().WaitAsync(TestGateway.Patience), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_watcher_gets_the_newest_view()
    {
        var instance = gateway.Grains.Instance("edge-1/busy");
        instance.View = ApiTests.View("edge-1/busy");
        var watch = new Api.InstanceWatch(gateway.Grains.Factory, instance.View.Id, gateway.Time);
        await using var views = watch.Views(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        Assert.True(await views.MoveNextAsync());

        for (var generation = 1; generation <= 100; generation++) await instance.Become(instance.View with { Generation = generation });
        Assert.True(await views.MoveNextAsync());
        Assert.Equal(100, views.Current.Generation);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task A_watch_is_renewed_before_the_grain_forgets_it()
    {
        var instance = gateway.Grains.Instance("edge-1/lost");
        instance.View = ApiTests.View("edge-1/lost") with { Generation = 1 };
        using var watching = new Wire.Instances.InstancesClient(gateway.Grpc(gateway.ApiPort, key: gateway.Key))
            .Watch(new Wire.GetInstanceRequest { Resource = "edge-1", Instance = "lost" });
        Assert.True(await watching.ResponseStream.MoveNext().WaitAsync(TestGateway.Patience));

        // The grain lost its watchers with its activation, and nobody was told of this change.
        instance.Forget();
        instance.View = instance.View with { Generation = 2 };
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await watching.ResponseStream.MoveNext().WaitAsync(TestGateway.Patience));
        Assert.Equal(2ul, watching.ResponseStream.Current.Generation);
        Assert.Equal(1, instance.Watchers);
    }

    [Fact]
    public async Task A_watcher_that_leaves_is_forgotten()
    {
        var instance = gateway.Grains.Instance("edge-1/left");
        instance.View = ApiTests.View("edge-1/left");
        using (var watching = new Wire.Instances.InstancesClient(gateway.Grpc(gateway.ApiPort, key: gateway.Key))
            .Watch(new Wire.GetInstanceRequest { Resource = "edge-1", Instance = "left" }))
            Assert.True(await watching.ResponseStream.MoveNext().WaitAsync(TestGateway.Patience));

        await instance.Empty.WaitAsync(TestGateway.Patience);
        Assert.Equal(0, instance.Watchers);
    }

    [Fact]
    public async Task An_open_watch_does_not_delay_a_stop()
    {
        gateway.Grains.Instance("edge-1/open").View = ApiTests.View("edge-1/open");
        using var events = await Events("/v1/resources/edge-1/instances/open:watch");
        await Next(events);

        await gateway.Stop().WaitAsync(TimeSpan.FromSeconds(5));
    }

    private async Task<StreamReader> Events(string path)
    {
        var response = await gateway.Http().GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task<(string Id, ulong Generation)> Next(StreamReader events)
    {
        var id = (await events.ReadLineAsync().WaitAsync(TestGateway.Patience))!;
        var data = (await events.ReadLineAsync())!;
        Assert.Equal("", await events.ReadLineAsync());
        return (id["id: ".Length..], JsonParser.Default.Parse<Wire.Instance>(data["data: ".Length..]).Generation);
    }
}
