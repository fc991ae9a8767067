using System.Net;

namespace Fleet.Gateway;

public sealed class HealthTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Fact]
    public async Task It_is_alive_and_ready_without_a_key()
    {
        using var http = gateway.Client(gateway.ApiPort);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz")).StatusCode);
        Assert.Equal("""{"status":"ready","checks":{"grains":"healthy","content":"healthy"}}""", await http.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task It_is_alive_but_not_ready_when_no_grain_answers()
    {
        gateway.Grains.Audit(0).Broken = true;
        using var http = gateway.Client(gateway.ApiPort);
        using var ready = await http.GetAsync("/readyz");

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("the disk is gone", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_figures_need_a_key_unless_they_are_open()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Client(gateway.ApiPort).GetAsync("/metrics")).StatusCode);
        await gateway.Enrol("measured");
        Assert.Contains("fleet_gateway_certificates", await gateway.Http().GetStringAsync("/metrics"), StringComparison.Ordinal);

        await using var open = new TestGateway();
        await open.Start(openMetrics: true);
        Assert.Equal(HttpStatusCode.OK, (await open.Client(open.ApiPort).GetAsync("/metrics")).StatusCode);
    }
}
