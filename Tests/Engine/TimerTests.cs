namespace Fleet.Engine.Tests;

public sealed class TimerTests : EngineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private ITimerGrain Timer(string key = "a") => Grains.GetGrain<ITimerGrain>(key);

    [Fact]
    public async Task A_tick_waits_for_the_call_that_runs()
    {
        await Timer().Start(Second, Second, interleave: false);
        var holding = Timer().Hold("gate");
        await Gates["gate"].Arrival();
        Time.Advance(Second);
        Assert.Equal(["begins gate"], await Timer().Peek());

        Gates["gate"].Open();
        await holding;
        await Gates["tick 1"].Arrival();
        Assert.Equal(["begins gate", "ends gate", "tick 1"], Story);
        Gates["tick 1"].Open();
    }

    [Fact]
    public async Task A_call_waits_for_the_tick_that_runs()
    {
        await Timer().Start(Second, Second, interleave: false);
        Time.Advance(Second);
        await Gates["tick 1"].Arrival();
        var call = Timer().Hold("gate");
        Assert.Equal(["tick 1"], await Timer().Peek());

        Gates["tick 1"].Open();
        Gates["gate"].Open();
        await call;
    }

    [Fact]
    public async Task A_tick_that_may_interleave_does_not_wait()
    {
        await Timer().Start(Second, Second, interleave: true);
        var holding = Timer().Hold("gate");
        await Gates["gate"].Arrival();
        Time.Advance(Second);

        await Gates["tick 1"].Arrival();
        Gates["tick 1"].Open();
        Gates["gate"].Open();
        await holding;
    }

    [Theory]
    [InlineData("sound")]
    [InlineData("faulty")]
    public async Task The_next_tick_comes_a_period_after_the_end_of_the_last(string key)
    {
        await Timer(key).Start(Second, 2 * Second, interleave: false);
        Time.Advance(Second);
        await Gates["tick 1"].Arrival();
        Time.Advance(5 * Second);
        Gates["tick 1"].Open();
        await Timer(key).TwoTurns();

        Time.Advance(Second);
        Assert.Equal(["tick 1"], await Timer(key).Peek());
        Time.Advance(Second);
        await Gates["tick 2"].Arrival();
        Gates["tick 2"].Open();
    }

    [Fact]
    public async Task A_timer_with_no_period_comes_once_and_can_be_set_again()
    {
        await Timer().Start(Second, Timeout.InfiniteTimeSpan, interleave: false);
        Time.Advance(Second);
        await Gates["tick 1"].Arrival();
        Gates["tick 1"].Open();
        await Timer().TwoTurns();
        Time.Advance(60 * Second);
        Assert.Equal(["tick 1"], await Timer().Peek());

        await Timer().Change(Second, Timeout.InfiniteTimeSpan);
        Time.Advance(Second);
        await Gates["tick 2"].Arrival();
        Gates["tick 2"].Open();
    }

    [Fact]
    public async Task A_timer_that_was_stopped_does_not_come()
    {
        await Timer().Start(Second, Second, interleave: false);
        await Timer().Stop();
        Time.Advance(60 * Second);

        Assert.Empty(await Timer().Peek());
    }
}

file static class TimerGrainExtensions
{
    /// <summary>Two turns after a tick was let on, the tick has ended and its timer runs again.</summary>
    public static async Task TwoTurns(this ITimerGrain timer)
    {
        await timer.Quick();
        await timer.Quick();
    }
}
