using Fleet.Fakes;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Client;

public sealed class FleetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Freezes_and_holds_get_an_id_that_makes_a_repetition_safe()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        var freeze = await client.Scheduling.CreateFreeze("quiet", new Dictionary<string, string> { ["app"] = "shop" }, TimeSpan.FromHours(1), cancel: Cancel);
        var hold = await client.Resources.Hold("web-1", "disk", TimeSpan.FromHours(2), cancel: Cancel);

        Assert.Equal(
            new CreateFreezeRequest { Freeze = freeze.Id, Labels = { ["app"] = "shop" }, Reason = "quiet", ValidFor = Duration.FromTimeSpan(TimeSpan.FromHours(1)) }, engine.Fleet.Asked.First());
        Assert.Equal(new HoldRequest { Resource = "web-1", Hold = hold.Hold, Reason = "disk", ValidFor = Duration.FromTimeSpan(TimeSpan.FromHours(2)) }, engine.Fleet.Asked.Last());
        Assert.All([freeze.Id, hold.Hold], id => Assert.True(Guid.TryParse(id, out _)));
        Assert.Equal("night", (await client.Scheduling.CreateFreeze("quiet", id: "night", cancel: Cancel)).Id);
    }

    [Fact]
    public async Task A_hold_is_looked_at_and_released()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        Assert.Equal(HoldPhase.None, (await client.Resources.GetHold("web-1", Cancel)).Phase);
        var hold = await client.Resources.Hold("web-1", cancel: Cancel);
        Assert.Equal(hold.Hold, (await client.Resources.GetHold("web-1", Cancel)).Hold);
        Assert.Equal(HoldPhase.Released, (await client.Resources.Release("web-1", hold.Hold, Cancel)).Phase);
    }

    [Fact]
    public async Task A_budget_below_one_is_refused_before_anybody_is_asked()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Scheduling.SetBudget("shop", 0, cancel: Cancel));
        Assert.Empty(engine.Calls);
        Assert.Equal(2u, (await client.Scheduling.SetBudget("shop", 2, "peak", Cancel)).MaxOutOfService);
        Assert.Equal(2u, (await client.Scheduling.GetBudget("shop", Cancel)).MaxOutOfService);
    }

    [Fact]
    public async Task Labels_are_replaced_and_patches_quarantined()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(new Instance { Resource = "web-1", Name = "nginx", Labels = { ["zone"] = "eu" } });
        using var client = engine.Client();

        var labelled = await client.Instances.SetLabels("web-1", "nginx", new Dictionary<string, string> { ["app"] = "shop" }, Cancel);
        Assert.Equal(["app"], labelled.Labels.Keys);
        Assert.True((await client.Images.Quarantine("web", "fix", "crashes", Cancel)).Quarantined);
        Assert.False((await client.Images.LiftQuarantine("web", "fix", cancel: Cancel)).Quarantined);
    }

    [Fact]
    public async Task Another_time_for_some_calls_shares_the_connection_and_leaves_others_alone()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Resources["web-1"] = new Resource { Name = "web-1" };
        var time = new FakeTimeProvider();
        using var client = engine.Client(time);
        var arrived = new TaskCompletionSource();
        engine.Instead.Enqueue(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });

        using (var hasty = client.Within(TimeSpan.FromSeconds(2)))
        {
            var asking = hasty.Resources.Get("web-1", Cancel);
            await Task.WhenAny(arrived.Task, asking);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<FleetException>(() => asking)).Status);
        }

        Assert.Equal("web-1", (await client.Resources.Get("web-1", Cancel)).Name);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Within(TimeSpan.Zero));
    }
}
