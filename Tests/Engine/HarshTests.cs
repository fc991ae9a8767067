namespace Fleet.Engine.Tests;

/// <summary>Grains that throw or hang where they wake, fall asleep or end: whoever calls them next is answered by a new activation.</summary>
public sealed class HarshTests : EngineTests
{
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(31);

    [Fact]
    public async Task A_grain_whose_timer_throws_when_it_is_ended_falls_asleep_nevertheless()
    {
        await Harsh("a").Cling();
        Time.Advance(TimeSpan.FromSeconds(1));
        await Gates["ticked"].Arrival();
        await Harsh("a").Sleep();

        Assert.Equal("a", await Harsh("a").Who().WaitAsync(Patience));
        Assert.Equal(["a wakes", "a disposed", "a wakes"], Story);
    }

    [Fact]
    public async Task A_grain_that_throws_while_it_falls_asleep_is_let_go_of()
    {
        await Harsh("cannot sleep").Sleep();

        await Harsh("cannot sleep").Who().WaitAsync(Patience);
        Assert.Equal(["cannot sleep wakes", "cannot sleep disposed", "cannot sleep wakes"], Story);
    }

    [Fact]
    public async Task A_grain_that_takes_too_long_to_fall_asleep_is_let_go_of()
    {
        Assert.SkipUnless(EngineInUse.IsEmbedded, "Orleans has this patience on real time");
        await Harsh("never sleeps").Sleep();
        await Gates["never sleeps sleeping"].Arrival();
        Time.Advance(TooLong);

        await Gates["never sleeps disposed"].Arrival();
        await Harsh("never sleeps").Who().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_grain_that_takes_too_long_to_wake_is_given_up()
    {
        Assert.SkipUnless(EngineInUse.IsEmbedded, "Orleans has this patience on real time");
        var first = Harsh("never wakes").Who();
        await Gates["never wakes waking"].Arrival();
        Time.Advance(TooLong);
        await Failure<Exception>(first);

        await Gates["never wakes disposed"].Arrival();
        await AskUntilAnswered("never wakes");
    }

    [Fact]
    public async Task A_grain_that_can_neither_wake_nor_be_let_go_of_is_made_anew()
    {
        var error = await Failure<Exception>(Harsh("cannot wake or let go").Who());
        Assert.Contains("does not want to wake", error.ToString(), StringComparison.Ordinal);

        await AskUntilAnswered("cannot wake or let go");
        Assert.Equal(["cannot wake or let go disposed", "cannot wake or let go wakes"], Story);
    }

    [Fact]
    public async Task A_grain_that_is_to_sleep_before_it_turns_out_that_it_cannot_wake_is_let_go_of_once()
    {
        await AskUntilAnswered("wants to sleep and cannot wake");

        Assert.Equal(["wants to sleep and cannot wake disposed", "wants to sleep and cannot wake wakes"], Story);
    }

    private IHarshGrain Harsh(string key) => Grains.GetGrain<IHarshGrain>(key);

    /// <summary>A call that reaches the activation before it has left fails with it; the one after that meets the next.</summary>
    private async Task AskUntilAnswered(string key)
    {
        Task first = Harsh(key).Who();
        await first.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Assert.Equal(key, await Harsh(key).Who().WaitAsync(Patience));
    }
}
