using System.Security.Authentication;
using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Client;

public sealed class ErrorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_carries_the_engines_reason_and_the_fields_that_are_wrong()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => throw FakeFleet.Refusal(StatusCode.InvalidArgument, "REQUEST_INVALID", "the request is not valid", ("bake", "must not be negative"));
        using var client = engine.Client();

        var failure = await Assert.ThrowsAsync<FleetException>(() => client.Instances.Apply(new ApplyRequest { Resource = "web-1", Instance = "nginx" }, Cancel));

        Assert.Equal((StatusCode.InvalidArgument, "REQUEST_INVALID", "the request is not valid"), (failure.Status, failure.Reason, failure.Detail));
        Assert.Equal([new FieldFault("bake", "must not be negative")], failure.Fields);
        Assert.Equal("the request is not valid (bake: must not be negative)", failure.Message);
        Assert.Equal("bake: must not be negative", new FleetException(StatusCode.InvalidArgument, "", "bake: must not be negative", failure.Fields).Message);
    }

    [Fact]
    public async Task A_wrong_key_is_told_as_such_by_calls_and_by_the_registry()
    {
        await using var engine = await FakeEngine.Start();
        using var client = new FleetClient(engine.Options(key: "another"));

        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<FleetException>(() => client.Audit.Verify(Cancel))).Status);
        var refusal = await Assert.ThrowsAsync<FleetException>(() => client.Registry.Check(Cancel));
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHORIZED", "unknown key"), (refusal.Status, refusal.Reason, refusal.Detail));
    }

    [Fact]
    public async Task An_engine_that_another_authority_vouches_for_is_not_believed_and_sees_no_key()
    {
        await using var engine = await FakeEngine.Start();
        using var another = new FakeAuthority();
        using var client = new FleetClient(new FleetClientOptions { Engine = engine.Address, Key = FakeEngine.Key, Authority = another.Certificate, Chance = new NoPause() });

        Assert.Equal("ENGINE_UNTRUSTED", (await Assert.ThrowsAsync<FleetException>(() => client.Audit.Verify(Cancel))).Reason);
        Assert.Equal("ENGINE_UNTRUSTED", (await Assert.ThrowsAsync<FleetException>(() => client.Registry.Check(Cancel))).Reason);
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public async Task The_systems_store_does_not_vouch_for_a_private_authority()
    {
        await using var engine = await FakeEngine.Start();
        using var client = new FleetClient(new FleetClientOptions { Engine = engine.Address, Key = FakeEngine.Key, Chance = new NoPause() });

        Assert.Equal("ENGINE_UNTRUSTED", (await Assert.ThrowsAsync<FleetException>(() => client.Audit.Verify(Cancel))).Reason);
    }

    [Fact]
    public async Task An_authority_can_be_fetched_and_is_believed_by_its_fingerprint_alone()
    {
        await using var engine = await FakeEngine.Start();

        using var authority = await FleetAuthority.Fetch(engine.Address, engine.Authority.Fingerprint, Cancel);
        using var client = new FleetClient(new FleetClientOptions { Engine = engine.Address, Key = FakeEngine.Key, Authority = authority });
        Assert.True((await client.Audit.Verify(Cancel)).Valid);

        Assert.Equal("ENGINE_UNTRUSTED", (await Assert.ThrowsAsync<FleetException>(() => FleetAuthority.Fetch(engine.Address, new string('0', 64), Cancel))).Reason);
    }

    [Fact]
    public async Task Nothing_older_than_TLS_1_3_is_spoken()
    {
        await using var engine = await FakeEngine.Start(SslProtocols.Tls12);
        using var client = engine.Client();

        Assert.Equal("ENGINE_UNTRUSTED", (await Assert.ThrowsAsync<FleetException>(() => client.Audit.Verify(Cancel))).Reason);
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public void An_address_without_TLS_is_refused_before_the_key_goes_anywhere() =>
        Assert.Throws<ArgumentException>(() => new FleetClient(new FleetClientOptions { Engine = new Uri("http://127.0.0.1:1"), Key = "k" }));
}
