using FsCheck.Xunit;

namespace Fleet.Agent.Link;

public sealed class BackoffTests
{
    private static readonly Backoff Fresh = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    [Property]
    public void A_wait_is_never_zero_and_never_above_its_bound(int seed, byte failures)
    {
        var backoff = Fresh with { Failures = failures };
        var bound = Math.Min(30_000, 1000 * Math.Pow(2, Math.Max(0, failures - 1)));
        Assert.InRange(backoff.Wait(new Random(seed)).TotalMilliseconds, 100, Math.Max(100, bound));
    }

    [Fact]
    public void Waits_spread_over_the_whole_bound_so_that_a_fleet_does_not_come_back_at_once()
    {
        var backoff = Fresh with { Failures = 6 };
        var random = new Random(7);
        var tenths = new int[10];
        for (var i = 0; i < 10_000; i++) tenths[(int)(backoff.Wait(random).TotalSeconds / 30 * 10)]++;
        Assert.All(tenths, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void The_bound_doubles_with_each_failure_and_begins_anew_after_a_success()
    {
        var longest = new List<double>();
        var backoff = Fresh;
        for (var i = 0; i < 7; i++)
        {
            backoff = backoff.Failed();
            longest.Add(Enumerable.Range(0, 2000).Max(seed => backoff.Wait(new Random(seed)).TotalSeconds));
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], longest.Select(seconds => Math.Round(seconds)));
        Assert.Equal(Fresh, backoff.Succeeded());
    }
}
