namespace Fleet.Engine.Tests;

public sealed class ActivationTests : EngineTests
{
    [Fact]
    public async Task A_grain_that_cannot_wake_fails_the_calls_that_wait_for_it_and_is_asked_again_by_the_next()
    {
        var first = Probe("unwilling").Who();
        await Gates["unwilling"].Arrival();
        var second = Probe("unwilling").Who();
        Gates["unwilling"].Open();

        foreach (var call in (Task[])[first, second])
        {
            var error = await Failure<Exception>(call);
            Assert.Contains("does not want to wake", error.ToString(), StringComparison.Ordinal);
        }

        Gates.Story.Enqueue("unwilling may wake");
        Assert.Equal("probe/unwilling", await Probe("unwilling").Who().WaitAsync(Patience));
    }

    [Fact]
    public async Task Calls_that_wait_while_a_grain_falls_asleep_go_to_its_next_activation()
    {
        var holding = Probe("a").Hold("gate");
        await Gates["gate"].Arrival();
        var calls = new[] { Probe("a").Sleep(), Probe("a").Hold("gate"), Probe("a").Who() };
        Gates["gate"].Open();
        await Task.WhenAll([holding, .. calls]).WaitAsync(Patience);

        Assert.Equal(["a wakes", "a begins gate", "a ends gate", "a sleeps: ApplicationRequested", "a wakes", "a begins gate", "a ends gate"], Story);
    }

    [Fact]
    public async Task A_grain_wakes_once_however_many_call_it_at_once_and_also_if_it_calls_itself_while_it_wakes()
    {
        var keys = Enumerable.Range(0, 500).Select(number => $"eager {number}").ToArray();
        await Parallel.ForEachAsync(keys.SelectMany(key => Enumerable.Repeat(key, 4)), async (key, _) => await Grains.GetGrain<IChainGrain>(key).Peek());

        Assert.Equal(keys.Select(key => $"{key} wakes").Order(StringComparer.Ordinal), Story.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_grain_that_nobody_calls_falls_asleep()
    {
        await Probe("a").Who();
        await EngineInUse.LetIdleGrainsSleep(Grains, Time);
        await Gates["a asleep"].Arrival();

        Assert.Equal(["a wakes", "a sleeps: ActivationIdle"], Story);
        await Probe("a").Who();
        Assert.Equal("a wakes", Story[^1]);
    }
}
