#if EMBEDDED
using Fleet.Engine.Embedded;

namespace Fleet.Engine.Tests;

/// <summary>Orleans lets calls that wait for each other time out; the embedded engine says so at once. The clock stands still here.</summary>
public sealed class DeadlockTests : EngineTests
{
    private IChainGrain Chain(string key) => Grains.GetGrain<IChainGrain>(key);

    [Theory]
    [InlineData("a", "chain/a.Follow → chain/a.Follow")]
    [InlineData("b, a", "chain/a.Follow → chain/b.Follow → chain/a.Follow")]
    [InlineData("b, c, d, a", "chain/a.Follow → chain/b.Follow → chain/c.Follow → chain/d.Follow → chain/a.Follow")]
    [InlineData("b, c, b", "chain/b.Follow → chain/c.Follow → chain/b.Follow")]
    public async Task A_chain_that_comes_back_to_a_busy_grain_fails_and_names_itself(string path, string chain)
    {
        var error = await Assert.ThrowsAsync<DeadlockException>(() => Chain("a").Follow(path).WaitAsync(Patience));

        Assert.Contains($"in a circle: {chain}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_calls_that_cross_are_found()
    {
        var left = Chain("a").FollowLater("gate", "b");
        var right = Chain("b").FollowLater("gate", "a");
        await Gates["gate"].Arrival();
        await Gates["gate"].Arrival();
        Gates["gate"].Open();

        // One of them is refused, which lets the other one through.
        var ended = await Task.WhenAll(Outcome(left), Outcome(right));
        Assert.Contains(nameof(DeadlockException), ended);
        Assert.Contains("end", ended);
    }

    [Fact]
    public async Task A_grain_that_calls_itself_in_a_circle_while_it_wakes_fails_to_wake()
    {
        var error = await Assert.ThrowsAsync<DeadlockException>(() => Chain("self-seeking").Peek().WaitAsync(Patience));

        Assert.Contains("chain/self-seeking waking up → chain/b.Follow → chain/self-seeking.Follow", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_circle_beside_a_call_that_may_still_help_is_found_when_that_has_ended()
    {
        var call = Chain("a").FollowBeside("gate", "b, a");
        await Gates["gate"].Arrival();
        Assert.Equal("peeked", await Chain("a").Peek());
        Assert.False(call.IsCompleted);

        Gates["gate"].Open();
        await Assert.ThrowsAsync<DeadlockException>(() => call.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_grain_can_live_on_after_a_deadlock()
    {
        Assert.Equal(nameof(DeadlockException), await Chain("a").Try("b, a").WaitAsync(Patience));
        Assert.Equal("end", await Chain("a").Try("b, c").WaitAsync(Patience));
    }

    [Fact]
    public async Task A_chain_that_may_interleave_is_no_deadlock() =>
        Assert.Equal("end", await Chain("a").FollowInterleaving("b").WaitAsync(Patience));

    [Fact]
    public async Task A_call_for_which_its_caller_does_not_wait_may_come_back()
    {
        await Chain("a").SendOff("b, a").WaitAsync(Patience);
        await Gates["sent off"].Arrival();

        Assert.Equal(["arrived"], Story.Where(note => !note.EndsWith("wakes", StringComparison.Ordinal)));
        Gates["sent off"].Open();
    }

    private static async Task<string> Outcome(Task<string> call)
    {
        try
        {
            return await call.WaitAsync(Patience);
        }
        catch (DeadlockException)
        {
            return nameof(DeadlockException);
        }
    }
}
#endif
