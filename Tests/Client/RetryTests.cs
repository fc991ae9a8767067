using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Client;

public sealed class RetryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_safe_to_repeat_is_asked_again_while_the_engine_is_unavailable()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Resources["web-1"] = new Resource { Name = "web-1" };
        engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        using var client = engine.Client();

        Assert.Equal("web-1", (await client.Resources.Get("web-1", Cancel)).Name);
        Assert.Equal(3, engine.Calls.Count);
    }

    [Fact]
    public async Task A_token_is_never_asked_for_twice()
    {
        await using var engine = await FakeEngine.Start();
        engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        using var client = engine.Client();

        var failure = await Assert.ThrowsAsync<FleetException>(() => client.Resources.CreateEnrolmentToken("web-1", cancel: Cancel));

        Assert.Equal(StatusCode.Unavailable, failure.Status);
        Assert.Single(engine.Calls);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unauthenticated)]
    [InlineData(StatusCode.ResourceExhausted)]
    public async Task A_refusal_is_an_answer_and_is_not_asked_again(StatusCode status)
    {
        await using var engine = await FakeEngine.Start();
        engine.Instead.Enqueue(FakeEngine.Failure(status));
        using var client = engine.Client();

        Assert.Equal(status, (await Assert.ThrowsAsync<FleetException>(() => client.Resources.Get("web-1", Cancel))).Status);
        Assert.Single(engine.Calls);
    }

    [Fact]
    public async Task After_the_last_attempt_the_failure_is_told()
    {
        await using var engine = await FakeEngine.Start();
        for (var i = 0; i < 9; i++) engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable, $"try {i + 1}"));
        using var client = engine.Client();

        Assert.Equal("try 5", (await Assert.ThrowsAsync<FleetException>(() => client.Resources.Get("web-1", Cancel))).Detail);
        Assert.Equal(5, engine.Calls.Count);
    }

    [Fact]
    public async Task A_repeated_change_has_the_same_request_id()
    {
        await using var engine = await FakeEngine.Start();
        // The engine does it, and its answer is lost.
        var first = new TaskCompletionSource<string>();
        engine.Instead.Enqueue(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            first.SetResult(ApplyRequest.Parser.ParseFrom(body.ToArray().AsSpan(5).ToArray()).RequestId);
            context.Abort();
        });
        using var client = engine.Client();

        var change = await client.Instances.Apply(new ApplyRequest { Resource = "web-1", Instance = "nginx", Image = "web", Patch = "fix" }, Cancel);

        Assert.NotEmpty(change.Id);
        Assert.Equal(await first.Task, change.Id);
        Assert.Equal(2, engine.Calls.Count);
    }

    [Fact]
    public async Task A_call_that_gets_no_answer_ends_at_its_timeout()
    {
        await using var engine = await FakeEngine.Start();
        var time = new FakeTimeProvider();
        var arrived = new TaskCompletionSource();
        engine.Instead.Enqueue(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        using var client = engine.Client(time);

        var asking = client.Resources.Get("web-1", Cancel);
        await arrived.Task;
        time.Advance(TimeSpan.FromSeconds(30));

        var failure = await Assert.ThrowsAsync<FleetException>(() => asking);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.Status);
        Assert.Single(engine.Calls);
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_no_failure()
    {
        await using var engine = await FakeEngine.Start();
        var arrived = new TaskCompletionSource();
        engine.Instead.Enqueue(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        using var client = engine.Client();
        using var cancel = new CancellationTokenSource();

        var asking = client.Resources.Get("web-1", cancel.Token);
        await arrived.Task;
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Single(engine.Calls);
    }

    [Fact]
    public void Pauses_double_up_to_a_bound_and_jitter_takes_any_part_of_them()
    {
        Retries At(double chance) => new(new FleetClientOptions { Chance = new Fixed(chance) }, new Uri("https://engine"));

        Assert.Equal([200, 400, 800, 1600, 3200, 5000, 5000], Enumerable.Range(1, 7).Select(tried => (int)At(1).Pause(tried).TotalMilliseconds));
        Assert.Equal(TimeSpan.FromMilliseconds(50), At(0.25).Pause(1));
        Assert.Equal(TimeSpan.FromSeconds(5), At(1).Pause(int.MaxValue));
    }

    private sealed class Fixed(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
