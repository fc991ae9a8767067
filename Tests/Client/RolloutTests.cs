using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Client;

public sealed class RolloutTests
{
    private static readonly RolloutSpec Spec = new() { Image = "web", Patch = "fix" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rollout_whose_answer_was_lost_is_started_again_under_the_same_id()
    {
        await using var engine = await FakeEngine.Start();
        var first = new TaskCompletionSource<string>();
        engine.Instead.Enqueue(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            first.SetResult(CreateRolloutRequest.Parser.ParseFrom(body.ToArray().AsSpan(5).ToArray()).Rollout);
            context.Abort();
        });
        using var client = engine.Client();

        var rollout = await client.Rollouts.Create(Spec, cancel: Cancel);

        Assert.NotEmpty(rollout.Id);
        Assert.Equal(await first.Task, rollout.Id);
        Assert.Equal(2, engine.Calls.Count);
    }

    [Fact]
    public async Task An_id_of_ones_own_is_kept()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        Assert.Equal("night-42", (await client.Rollouts.Create(Spec, "night-42", Cancel)).Id);
        Assert.NotEqual((await client.Rollouts.Create(Spec, cancel: Cancel)).Id, (await client.Rollouts.Create(Spec, cancel: Cancel)).Id);
    }

    [Fact]
    public async Task Each_control_asks_its_own_method()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Rollout(RolloutPhase.Dispatching));
        using var client = engine.Client();
        var rollouts = client.Rollouts;
        (string Method, Func<Task<Rollout>> Ask, RolloutPhase Then)[] controls =
        [
            ("Pause", () => rollouts.Pause("r1", "why", Cancel), RolloutPhase.Paused),
            ("Resume", () => rollouts.Resume("r1", "why", Cancel), RolloutPhase.Dispatching),
            ("Stop", () => rollouts.Stop("r1", "why", Cancel), RolloutPhase.Stopping),
            ("Kill", () => rollouts.Kill("r1", "why", Cancel), RolloutPhase.Stopping),
            ("RollBack", () => rollouts.RollBack("r1", "why", Cancel), RolloutPhase.RollingBack),
            ("Retry", () => rollouts.Retry("r1", "why", Cancel), RolloutPhase.Dispatching),
        ];

        foreach (var (method, ask, then) in controls)
        {
            Assert.Equal(then, (await ask()).Phase);
            Assert.Equal($"/fleet.v1.Rollouts/{method}", engine.Calls.Last());
            Assert.Equal(new ControlRolloutRequest { Rollout = "r1", Reason = "why" }, engine.Fleet.Asked.Last());
        }
    }

    [Fact]
    public async Task A_stop_is_repeated_and_a_retry_is_not()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Rollout(RolloutPhase.Dispatching));
        using var client = engine.Client();

        engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        Assert.Equal(RolloutPhase.Stopping, (await client.Rollouts.Stop("r1", cancel: Cancel)).Phase);
        engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<FleetException>(() => client.Rollouts.Retry("r1", cancel: Cancel))).Status);
        Assert.Single(engine.Calls, path => path.EndsWith("/Retry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watch_ends_with_the_end()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Rollout(RolloutPhase.Dispatching));
        using var client = engine.Client();
        var seen = new List<RolloutPhase>();

        var waiting = client.Rollouts.WaitForEnd("r1", now => seen.Add(now.Phase), Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(Rollout(RolloutPhase.Baking));
        engine.Fleet.Set(Rollout(RolloutPhase.Succeeded));

        Assert.Equal(RolloutPhase.Succeeded, (await waiting).Phase);
        Assert.Equal([RolloutPhase.Dispatching, RolloutPhase.Baking, RolloutPhase.Succeeded], seen);
    }

    [Fact]
    public async Task What_has_ended_already_is_told_at_once()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Rollout(RolloutPhase.RolledBack));
        using var client = engine.Client();

        Assert.Equal(RolloutPhase.RolledBack, (await client.Rollouts.WaitForEnd("r1", cancel: Cancel)).Phase);
    }

    [Fact]
    public async Task An_end_that_comes_while_the_engine_is_away_is_not_missed()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Rollout(RolloutPhase.Dispatching));
        using var client = engine.Client();

        var waiting = client.Rollouts.WaitForEnd("r1", cancel: Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        await engine.Stop();
        engine.Fleet.Set(Rollout(RolloutPhase.Stopped));
        await engine.Restart();

        Assert.Equal(RolloutPhase.Stopped, (await waiting).Phase);
    }

    [Fact]
    public async Task A_stream_that_ends_politely_before_the_end_is_opened_again()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Rollout(RolloutPhase.Dispatching));
        engine.Fleet.EndsStream = now => now.Phase is RolloutPhase.Baking; // as an engine that stops does
        using var client = engine.Client();

        var waiting = client.Rollouts.WaitForEnd("r1", cancel: Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.EndsStream = now => now.Phase is RolloutPhase.Baking or RolloutPhase.Succeeded;
        engine.Fleet.Set(Rollout(RolloutPhase.Baking));
        await engine.Fleet.WatchBegan.WaitAsync(Cancel); // opened again
        engine.Fleet.Set(Rollout(RolloutPhase.Succeeded));

        Assert.Equal(RolloutPhase.Succeeded, (await waiting).Phase);
    }

    [Fact]
    public async Task A_watch_of_nothing_fails_and_a_cancelled_one_is_cancelled()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<FleetException>(() => client.Rollouts.WaitForEnd("r2", cancel: Cancel))).Status);

        engine.Fleet.Set(Rollout(RolloutPhase.Dispatching));
        using var cancel = new CancellationTokenSource();
        var waiting = client.Rollouts.WaitForEnd("r1", cancel: cancel.Token);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_refused_plan_is_an_answer()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Plan = new RolloutPlan { Refusal = "NO_TARGETS", RefusalDetail = "nothing runs it" };
        using var client = engine.Client();

        Assert.Equal("NO_TARGETS", (await client.Rollouts.Plan(Spec, "r7", Cancel)).Refusal);
        Assert.Equal(new PlanRolloutRequest { Spec = Spec, Rollout = "r7" }, Assert.Single(engine.Fleet.Asked));
    }

    [Theory]
    [InlineData(RolloutPhase.Succeeded, true)]
    [InlineData(RolloutPhase.RolledBack, true)]
    [InlineData(RolloutPhase.Stopped, true)]
    [InlineData(RolloutPhase.NeedsHuman, true)]
    [InlineData(RolloutPhase.Refused, true)]
    [InlineData(RolloutPhase.Halted, false)]
    [InlineData(RolloutPhase.Paused, false)]
    [InlineData(RolloutPhase.Stopping, false)]
    [InlineData(RolloutPhase.RollingBack, false)]
    public void Some_phases_are_ends(RolloutPhase phase, bool end) => Assert.Equal(end, phase.HasEnded());

    private static Rollout Rollout(RolloutPhase phase) => new() { Id = "r1", Spec = Spec, Phase = phase };
}
