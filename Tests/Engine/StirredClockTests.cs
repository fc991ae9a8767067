#if !EMBEDDED
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Engine.Tests;

/// <summary>The clock that Orleans waits by when time stands still between the steps of a test.</summary>
public sealed class StirredClockTests
{
    [Fact]
    public void Part_of_a_millisecond_passes_by_asking_and_never_more()
    {
        var still = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var clock = new StirredClock(still);
        var ahead = Enumerable.Range(0, 30_000).Select(_ => clock.GetUtcNow() - still.GetUtcNow()).ToArray();

        Assert.Contains(TimeSpan.FromMilliseconds(1), ahead[..10_001]);
        Assert.All(ahead, by => Assert.InRange(by, TimeSpan.Zero, TimeSpan.FromMilliseconds(1)));

        var begun = still.GetTimestamp();
        Assert.All(Enumerable.Range(0, 30_000), _ => Assert.InRange(still.GetElapsedTime(begun, clock.GetTimestamp()), TimeSpan.Zero, TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void A_step_of_the_clock_below_is_a_step_of_this_one()
    {
        var still = new FakeTimeProvider();
        var clock = new StirredClock(still);
        var rung = 0;
        using var timer = clock.CreateTimer(_ => rung++, null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        var before = clock.GetUtcNow();

        still.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(1, rung);
        Assert.InRange(clock.GetUtcNow() - before, TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1));
    }
}
#endif
