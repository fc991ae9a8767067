namespace Fleet.Engine.Tests;

public sealed class CallTests : EngineTests
{
    [Fact]
    public async Task An_exception_crosses_the_call_with_its_type_and_message()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Probe("a").Fail("because"));

        Assert.Equal("because", error.Message);
    }

    [Fact]
    public async Task A_caller_stops_waiting_while_the_call_still_runs()
    {
        var call = Probe("a").Hold("gate");
        await Gates["gate"].Arrival();
        Time.Advance(TimeSpan.FromSeconds(31));
        await Failure<TimeoutException>(call);

        Gates["gate"].Open();
        await Probe("a").Who();
        Assert.Equal("a ends gate", Story[^1]);
    }

    [Fact]
    public async Task A_call_is_cancelled_for_the_caller_at_once_and_for_the_grain_within_a_turn()
    {
        using var source = new CancellationTokenSource();
        var call = Probe("a").WaitForCancellation("gate", source.Token);
        await Gates["gate"].Arrival();

        await source.CancelAsync();
        await Failure<OperationCanceledException>(call);
        Assert.DoesNotContain("a saw the cancellation", Story);

        await Gates["gate cancelled"].Arrival();
        Gates["gate"].Open();
        await Gates["gate done"].Arrival();
        Assert.Equal(["a wakes", "a cancelled in a turn", "a saw the cancellation"], Story);
        Gates["gate done"].Open();
    }

    [Fact]
    public async Task A_call_that_timed_out_is_cancelled()
    {
        using var source = new CancellationTokenSource();
        var call = Probe("a").WaitForCancellation("gate", source.Token);
        await Gates["gate"].Arrival();
        Time.Advance(TimeSpan.FromSeconds(31));
        await Failure<TimeoutException>(call);

        await Gates["gate cancelled"].Arrival();
        Gates["gate"].Open();
        await Gates["gate done"].Arrival();
        Assert.Contains("a saw the cancellation", Story);
        Gates["gate done"].Open();
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_is_not_made()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Probe("a").WaitForCancellation("gate", new CancellationToken(canceled: true)));

        Assert.Empty(Story);
    }

    [Fact]
    public async Task The_request_context_travels_on_but_not_back()
    {
        RequestContext.Set("who", "an operator");

        Assert.Equal("an operator, changed on the way", await Probe("a").RelayContext("who"));
        Assert.Equal("an operator", RequestContext.Get("who"));
    }

    [Fact]
    public async Task References_are_equal_if_they_mean_the_same_grain()
    {
        Assert.Equal(Probe("a"), Probe("a"));
        Assert.NotEqual(Probe("a"), Probe("b"));
        Assert.Equal(Probe("a"), Grains.GetGrain<IProbeGrain>(GrainId.Parse("probe/a")));
        Assert.Equal("probe/a", await Probe("a").Who());
        Assert.Equal("a", Probe("a").GetPrimaryKeyString());
    }
}
