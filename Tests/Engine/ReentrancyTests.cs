namespace Fleet.Engine.Tests;

/// <summary>A chain of calls may come back to a grain that allows it, and to no other.</summary>
public sealed class ReentrancyTests : EngineTests
{
    private IChainGrain Chain(string key) => Grains.GetGrain<IChainGrain>(key);

    [Theory]
    [InlineData("a")]
    [InlineData("b, a")]
    [InlineData("b, c, d, a")]
    public async Task A_chain_comes_back_where_it_is_allowed(string path) =>
        Assert.Equal("end", await Chain("a").FollowAllowing(path).WaitAsync(Patience));

    [Fact]
    public async Task A_call_that_is_no_part_of_the_chain_waits()
    {
        var holding = Chain("a").HoldAllowing("gate", "b, a");
        await Gates["gate"].Arrival();
        var stranger = Chain("a").Follow("");
        Assert.Equal("peeked", await Chain("a").Peek().WaitAsync(Patience));
        Assert.False(stranger.IsCompleted);

        Gates["gate"].Open();
        Assert.Equal("end", await holding.WaitAsync(Patience));
        Assert.Equal("end", await stranger.WaitAsync(Patience));
    }

#if EMBEDDED
    [Fact]
    public async Task What_was_allowed_ends_with_its_section() =>
        Assert.Equal("end, then DeadlockException", await Chain("a").FollowAllowingOnce("b, a").WaitAsync(Patience));
#endif
}
