using Fleet.Analytics.Baselines;
using Fleet.Analytics.Health;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class HealthTests
{
    private static readonly Evidence Fine = new("cpu", Layer.System, 0, 0, 0);

    [Fact]
    public void Silence_and_cold_baselines_are_unknown_and_never_well()
    {
        Assert.Null(HealthScore.Of([Fine], 0, silent: true, cold: false).Score);
        Assert.Null(HealthScore.Of([Fine], 0, silent: false, cold: true).Score);
        Assert.Null(HealthScore.Of([Fine with { Deviation = double.NaN }], 0, false, false).Score);
        Assert.Equal(100, HealthScore.Of([Fine], 0, false, false).Score);
    }

    [Fact]
    public void A_single_spike_stays_below_half_and_a_lasting_one_does_not()
    {
        Assert.True(HealthScore.Risk(Fine with { Deviation = 1000, Persistence = new Persistence().Add(true).Share }) < .5);
        Assert.True(HealthScore.Risk(Fine with { Deviation = 1000, Persistence = 1 }) > .9);
    }

    [Fact]
    public void One_disaster_is_not_averaged_away_and_is_named_first()
    {
        var health = HealthScore.Of([.. Enumerable.Repeat(Fine, 50), new("disk latency", Layer.Hardware, 40, 1, 0)], 0, false, false);

        Assert.True(health.Score < 10);
        Assert.Equal(0, health.LayerRisk[Layer.System]);
        Assert.True(health.LayerRisk[Layer.Hardware] > .9);
        Assert.Equal("disk latency", health.Contributors[0].Metric);
    }

    [Fact]
    public void The_three_worst_are_told_in_words_the_worst_first()
    {
        var health = HealthScore.Of(
            [
                new("cpu", Layer.System, 9, .9, 0),
                new("disk latency", Layer.Hardware, 40, 1, 0),
                new("memory", Layer.System, 0, 0, .8),
                new("requests", Layer.Application, 5, .3, 0),
            ], 0, false, false);

        Assert.Equal(3, health.Contributors.Count);
        Assert.Equal(health.Contributors.OrderByDescending(c => c.Risk), health.Contributors);
        Assert.All(health.Contributors, c => Assert.StartsWith($"{c.Metric} is ", c.Words));
        Assert.Contains(health.Contributors, c => c.Metric == "memory" && c.Words.Contains("cross its limit", StringComparison.Ordinal));
        Assert.All(health.LayerRisk.Values, r => Assert.InRange(r!.Value, 0, 1));
    }

    [Property]
    public void Health_is_within_bounds_and_more_deviation_is_never_better(double deviation, double persistence, double breach, double more)
    {
        var evidence = Fine with { Deviation = deviation, Persistence = persistence, Breach = breach };
        var health = HealthScore.Of([evidence], .1, false, false);
        if (health.Score is not { } score) return;
        Assert.InRange(score, 0, 100);
        if (double.IsFinite(more)) Assert.True(HealthScore.Risk(evidence with { Deviation = deviation + Math.Abs(more) }) >= HealthScore.Risk(evidence) - 1e-12);
    }

    [Fact]
    public void Improvement_is_no_deviation()
    {
        var (baseline, start) = (default(SeriesBaseline), new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
        for (var i = 0; i < 288 * 7; i++) baseline = baseline.Add(start.AddMinutes(5 * i), 100 + i % 5);
        var now = start.AddDays(7);

        Assert.Equal(0, baseline.Deviation(now, 10, Direction.HighIsBad));
        Assert.True(baseline.Deviation(now, 10, Direction.LowIsBad) > 10);
        Assert.True(baseline.Deviation(now, 200, Direction.HighIsBad) > 10);
    }
}
