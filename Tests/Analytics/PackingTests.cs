using Fleet.Analytics.Baselines;
using Fleet.Analytics.Detection;
using Fleet.Analytics.Forecasting;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

/// <summary>What is packed in the midst of a stream goes on with the same answers; the larger models have the same test beside their own.</summary>
public sealed class PackingTests
{
    private const int Day = 288;
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Property(MaxTest = 20)]
    public void A_level_shift_restores_to_the_same_answers(int seed, ushort at)
    {
        var (one, other, bytes, samples) = (LevelShift.Start(2), LevelShift.Start(2), new byte[208], Series.Noisy(seed, 2 * Day, noise: 9));
        for (var i = 0; i < samples.Length; i++)
        {
            (one, other) = (one.Add(samples[i], 3, out var expected), other.Add(samples[i], 3, out var actual));
            Assert.Equal(expected, actual);
            if (i != at % samples.Length) continue;
            Assert.Equal(bytes.Length, one.Pack(bytes));
            other = LevelShift.Unpack(bytes);
        }
    }

    [Property(MaxTest = 20)]
    public void An_alarm_budget_restores_to_the_same_answers(int seed, ushort at)
    {
        var (one, other, bytes, random) = (AlarmBudget.Start(.3, 2), AlarmBudget.Start(.3, 2), new byte[40], new Random(seed));
        for (var i = 0; i < 500; i++)
        {
            var score = random.NextDouble();
            (one, other) = (one.Add(Monday.AddHours(i), score, out var expected), other.Add(Monday.AddHours(i), score, out var actual));
            Assert.Equal(expected, actual);
            if (i != at % 500) continue;
            Assert.Equal(bytes.Length, one.Pack(bytes));
            other = AlarmBudget.Unpack(bytes);
        }
        Assert.Equal(one, other);
    }

    [Property(MaxTest = 20)]
    public void A_slow_drift_restores_to_the_same_answers(int seed, ushort at)
    {
        var (one, other, bytes, samples) = (default(SlowDrift), default(SlowDrift), new byte[80], Series.Noisy(seed, 9 * Day));
        for (var i = 0; i < samples.Length; i++)
        {
            var (now, value) = (Monday.AddMinutes(5 * i), samples[i] + .01 * i);
            (one, other) = (one.Add(now, value, out var expected), other.Add(now, value, out var actual));
            Assert.Equal(expected, actual);
            if (i != at % samples.Length) continue;
            Assert.Equal(bytes.Length, one.Pack(bytes));
            other = SlowDrift.Unpack(bytes);
        }
    }

    [Property(MaxTest = 10)]
    public void A_breach_watch_restores_to_the_same_answers(int seed, ushort at)
    {
        var (forecaster, bytes, samples) = (Forecaster.Start(Day), new byte[76], Series.Noisy(seed, 4 * Day));
        var (one, other) = (BreachWatch.Start(24, 72), BreachWatch.Start(24, 72));
        for (var i = 0; i < samples.Length; i++)
        {
            forecaster = forecaster.Add(samples[i]);
            (one, other) = (one.Add(samples[i], forecaster), other.Add(samples[i], forecaster));
            if (i % 10 == 0) Assert.Equal(one.Foresee(forecaster), other.Foresee(forecaster));
            if (i != at % samples.Length) continue;
            Assert.Equal(bytes.Length, one.Pack(bytes));
            other = BreachWatch.Unpack(bytes);
        }
    }
}
