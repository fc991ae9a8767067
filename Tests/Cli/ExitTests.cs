using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Cli;

public sealed class ExitTests
{
    [Theory]
    [InlineData(StatusCode.InvalidArgument, Exit.Refused)]
    [InlineData(StatusCode.FailedPrecondition, Exit.Refused)]
    [InlineData(StatusCode.AlreadyExists, Exit.Refused)]
    [InlineData(StatusCode.Aborted, Exit.Refused)]
    [InlineData(StatusCode.Internal, Exit.Refused)]
    [InlineData(StatusCode.Unavailable, Exit.Unreachable)]
    [InlineData(StatusCode.DeadlineExceeded, Exit.Unreachable)]
    [InlineData(StatusCode.NotFound, Exit.NotFound)]
    [InlineData(StatusCode.Unauthenticated, Exit.Unauthorised)]
    [InlineData(StatusCode.PermissionDenied, Exit.Unauthorised)]
    public async Task Each_kind_of_refusal_has_its_exit_code(StatusCode status, int exit)
    {
        await using var engine = await FakeEngine.Start();
        for (var i = 0; i < 5; i++) engine.Instead.Enqueue(FakeEngine.Failure(status, "so it is"));
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(exit, await fleet.Run("instance show web-1/nginx -o json"));
        Assert.StartsWith("error: so it is\n", fleet.Error);
        Assert.Empty(fleet.Out);
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_reason_and_its_fields()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => throw FakeFleet.Refusal(StatusCode.FailedPrecondition, "INSTANCE_BUSY", "change c0 holds the instance", ("instance", "web-1/nginx"));
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Refused, await fleet.Run("instance apply web-1/nginx --image web --patch libssl3-fix"));
        Assert.Equal("error: INSTANCE_BUSY: change c0 holds the instance (instance: web-1/nginx)\n", fleet.Error);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, "PATCH_QUARANTINED", "'fleet patch show IMAGE/PATCH' tells why")]
    [InlineData(StatusCode.FailedPrecondition, "NO_TARGETS", "'fleet rollout plan' with the same options")]
    [InlineData(StatusCode.AlreadyExists, "ROLLOUT_EXISTS", "a rollout with another content has this id")]
    [InlineData(StatusCode.NotFound, "PATCH_UNKNOWN", "'fleet image patches IMAGE'")]
    public async Task A_refusal_says_what_to_do_next(StatusCode status, string reason, string advice)
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.BeginRollout = _ => throw FakeFleet.Refusal(status, reason, "so it is");
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Of(status), await fleet.Run("rollout start --image web --patch libssl3-fix"));
        Assert.StartsWith($"error: {reason}: so it is\n       {advice}", fleet.Error);
    }

    [Fact]
    public async Task An_engine_that_is_not_there_is_unreachable_and_what_to_do_is_said()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);
        await engine.Stop();

        Assert.Equal(Exit.Unreachable, await fleet.Run("instance show web-1/nginx"));
        Assert.Contains($"can't reach {engine.Address}", fleet.Error);
        Assert.Contains("--engine, FLEET_ENGINE or 'fleet login'", fleet.Error);
        await engine.Restart();
    }

    [Fact]
    public async Task An_engine_that_is_not_trusted_is_unreachable_and_what_to_do_is_said()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);
        fleet.Environment.Remove("FLEET_CA");

        Assert.Equal(Exit.Unreachable, await fleet.Run("instance show web-1/nginx"));
        Assert.Contains("--ca or FLEET_CA", fleet.Error);
    }

    [Fact]
    public async Task Without_an_engine_or_a_key_nothing_is_asked()
    {
        using var fleet = new CommandLine();
        Assert.Equal(Exit.Usage, await fleet.Run("instance show web-1/nginx"));
        Assert.Contains("no engine is known", fleet.Error);
        Assert.Equal(Exit.Unauthorised, await fleet.Run("instance show web-1/nginx --engine https://127.0.0.1:1"));
        Assert.Equal(Exit.Usage, await fleet.Run("instance show web-1/nginx --engine http://127.0.0.1:1 --key k"));
        Assert.Contains("expected https://HOST:PORT", fleet.Error);
    }

    [Fact]
    public async Task An_interrupted_command_says_so()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance());
        using var fleet = new CommandLine().At(engine);
        using var interrupt = new CancellationTokenSource();

        var watching = fleet.Run("instance watch web-1/nginx", interrupt.Token);
        await engine.Fleet.WatchBegan.WaitAsync(TestContext.Current.CancellationToken);
        await interrupt.CancelAsync();

        Assert.Equal(Exit.Interrupted, await watching);
        Assert.StartsWith("error: interrupted\n", fleet.Error);
    }

    [Fact]
    public async Task A_change_whose_engine_vanished_goes_on_and_how_to_look_is_said()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => Sample.Change(ChangePhase.Requested);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested)));
        using var fleet = new CommandLine().At(engine);

        var waiting = fleet.Run("instance apply web-1/nginx --image web --patch p --wait -o json", TestContext.Current.CancellationToken);
        await engine.Fleet.WatchBegan.WaitAsync(TestContext.Current.CancellationToken);
        fleet.Time.AutoAdvanceAmount = TimeSpan.FromMinutes(1);
        await engine.Stop();

        Assert.Equal(Exit.Unreachable, await waiting);
        Assert.Contains("change c1 goes on without you: 'fleet instance show web-1/nginx'", fleet.Error);
        Assert.Empty(fleet.Out);
        await engine.Restart();
    }

    [Fact]
    public async Task Control_characters_in_what_others_wrote_never_reach_the_terminal()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => throw FakeFleet.Refusal(StatusCode.FailedPrecondition, "ODD", "\u001b[2Jgone\r\nerror: forged");
        var odd = Sample.Instance();
        odd.HealthDetail = "\u001b]0;owned\u0007";
        engine.Fleet.Set(odd);
        using var fleet = new CommandLine().At(engine);

        await fleet.Run("instance apply web-1/nginx --image web --patch p");
        Assert.Equal("error: ODD: \uFFFD[2Jgone  error: forged\n", fleet.Error);
        await fleet.Run("instance show web-1/nginx");
        Assert.DoesNotContain('\u001b', fleet.Out);
    }
}
