namespace Fleet.Engine.Tests;

public sealed class TurnTests : EngineTests
{
    [Fact]
    public async Task A_call_waits_until_the_one_before_has_ended()
    {
        var first = Probe("a").Hold("first");
        await Gates["first"].Arrival();
        var second = Probe("a").Hold("second");
        var story = await Probe("a").Peek();
        Gates["second"].Open();
        Gates["first"].Open();
        await Task.WhenAll(first, second);

        Assert.Equal(["a wakes", "a begins first"], story);
        Assert.Equal(["a wakes", "a begins first", "a ends first", "a begins second", "a ends second"], Story);
    }

    [Fact]
    public async Task Readers_run_beside_readers_but_not_beside_a_writer()
    {
        var reader = Probe("a").Read("reader");
        await Gates["reader"].Arrival();
        var writer = Probe("a").Hold("writer");
        var other = Probe("a").Read("other");
        await Gates["other"].Arrival();
        var story = await Probe("a").Peek();
        foreach (var gate in (string[])["writer", "reader", "other"]) Gates[gate].Open();
        await Task.WhenAll(reader, writer, other);

        Assert.Equal(["a wakes", "a begins reader", "a begins other"], story);
        Assert.Equal("a begins writer", Story[5]);
    }

    [Fact]
    public async Task A_call_that_always_interleaves_does_not_wait()
    {
        var holding = Probe("a").Hold("gate");
        await Gates["gate"].Arrival();

        Assert.Contains("a begins gate", await Probe("a").Peek());

        Gates["gate"].Open();
        await holding;
    }

    [Fact]
    public async Task Calls_of_a_reentrant_grain_interleave_but_never_run_at_once()
    {
        var grain = Grains.GetGrain<IReentrantGrain>("a");
        var holding = grain.Hold("gate");
        await Gates["gate"].Arrival();

        var counts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => grain.CountUnguarded(100)));

        Assert.Equal(2000, counts.Max());
        Gates["gate"].Open();
        await holding;
    }

    [Fact]
    public async Task What_a_turn_awaits_continues_on_its_scheduler() => Assert.True(await Probe("a").StaysOnItsScheduler());

    [Fact]
    public async Task Grains_run_beside_each_other()
    {
        var a = Probe("a").Hold("a");
        var b = Probe("b").Hold("b");
        await Gates["a"].Arrival();
        await Gates["b"].Arrival();
        Gates["a"].Open();
        Gates["b"].Open();
        await Task.WhenAll(a, b);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Many_chains_in_one_direction_all_end(int seed)
    {
        // Each chain calls upwards only, so none can wait for itself, however they get into each other's way.
        var random = new Random(seed);
        var paths = Enumerable.Range(0, 500).Select(_ => Enumerable.Range(0, 12).Where(_ => random.Next(3) == 0).Select(number => $"n{number}").ToArray());
        var ends = await Task.WhenAll(paths.Where(path => path.Length > 0).Select(path =>
            Grains.GetGrain<IChainGrain>(path[0]).Follow(string.Join(", ", path[1..])))).WaitAsync(Patience);

        Assert.All(ends, end => Assert.Equal("end", end));
    }

    [Fact]
    public async Task Nobody_waits_for_a_one_way_call()
    {
        await Probe("a").Tell("hello");
        await Gates["hello"].Arrival();

        Assert.Contains("a hello", Story);
        Gates["hello"].Open();
    }
}
