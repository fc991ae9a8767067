using Fleet.Analytics.Baselines;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class BaselineTests
{
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_weekly_peak_is_normal_from_the_third_week_and_news_at_another_hour()
    {
        var (baseline, random) = (default(SeriesBaseline), new Random(1));
        for (var i = 0; i < 288 * 21; i++)
        {
            var now = Monday.AddMinutes(5 * i);
            baseline = baseline.Add(now, (Peak(now) ? 80 : 20) + Series.Normal(random));
        }
        var peak = Monday.AddDays(22).AddHours(3).AddMinutes(30);

        Assert.True(baseline.Deviation(peak, 80, Direction.HighIsBad) < 4, $"{baseline.Expected(peak)} ± {baseline.Spread}");
        Assert.True(baseline.Deviation(peak.AddDays(1), 80, Direction.HighIsBad) > 8);
    }

    [Fact]
    public void Late_repeated_and_broken_points_change_nothing()
    {
        var baseline = default(SeriesBaseline).Add(Monday, 1).Add(Monday.AddMinutes(5), 2);

        var after = baseline.Add(Monday, 1000).Add(Monday.AddMinutes(5), 1000).Add(Monday.AddHours(1), double.NaN);

        Assert.Equal((baseline.Expected(Monday), baseline.Spread, baseline.Hours), (after.Expected(Monday), after.Spread, after.Hours));
    }

    [Fact]
    public void A_gap_and_another_interval_leave_what_is_normal()
    {
        var (baseline, random) = (default(SeriesBaseline), new Random(2));
        for (var i = 0; i < 288 * 7; i++) baseline = baseline.Add(Monday.AddMinutes(5 * i), 50 + Series.Normal(random));
        var later = Monday.AddDays(20);
        for (var i = 0; i < 360; i++) baseline = baseline.Add(later.AddSeconds(10 * i), 50 + Series.Normal(random));

        Assert.Equal(50, baseline.Expected(later.AddHours(1)), 1.0);
        Assert.InRange(baseline.Spread, .4, 1.5);
    }

    [Property(MaxTest = 20)]
    public void A_packed_state_restores_to_the_same_answers(int seed, ushort at)
    {
        var (samples, bytes) = (Series.Noisy(seed, 288 * 16), new byte[SeriesBaseline.Bytes]);
        var (baseline, restored) = (default(SeriesBaseline), default(SeriesBaseline));
        for (var i = 0; i < samples.Length; i++)
        {
            var now = Monday.AddMinutes(5 * i);
            (baseline, restored) = (baseline.Add(now, samples[i]), restored.Add(now, samples[i]));
            if (i == at % samples.Length)
            {
                Assert.Equal(SeriesBaseline.Bytes, baseline.Pack(bytes));
                restored = SeriesBaseline.Unpack(bytes);
            }
            if (i % 500 == 0) Assert.Equal((baseline.Expected(now), baseline.Spread), (restored.Expected(now), restored.Spread));
        }
        Assert.Equal(baseline.Expected(Monday.AddDays(17)), restored.Expected(Monday.AddDays(17)));
    }

    [Property(MaxTest = 20)]
    public void Scale_scales_what_is_normal_and_changes_no_deviation(int seed, byte exponent)
    {
        var (samples, scale) = (Series.Noisy(seed, 288 * 9), Math.ScaleB(1, exponent % 40 - 20));
        var (plain, scaled) = (default(SeriesBaseline), default(SeriesBaseline));
        for (var i = 0; i < samples.Length; i++) (plain, scaled) = (plain.Add(Monday.AddMinutes(5 * i), samples[i]), scaled.Add(Monday.AddMinutes(5 * i), samples[i] * scale));
        var now = Monday.AddDays(10);

        Assert.Equal(plain.Expected(now) * scale, scaled.Expected(now), .05 * scale);
        Assert.Equal(plain.Deviation(now, 40, Direction.HighIsBad), scaled.Deviation(now, 40 * scale, Direction.HighIsBad), .5);
    }

    [Fact]
    public void A_machine_that_rests_on_the_weekend_is_expected_to()
    {
        var (baseline, random) = (default(SeriesBaseline), new Random(3));
        for (var i = 0; i < 288 * 35; i++)
        {
            var (now, usual) = (Monday.AddMinutes(5 * i), Rests(Monday.AddMinutes(5 * i)) ? 5 : 40);
            if (i >= 288 * 28) Assert.Equal(usual, baseline.Expected(now), 4.0);
            baseline = baseline.Add(now, usual + Series.Normal(random));
        }
    }

    [Property(MaxTest = 50)]
    public void No_input_makes_not_a_number_leave(double[] samples)
    {
        var (baseline, drift, time) = (default(SeriesBaseline), default(SlowDrift), Monday);
        foreach (var sample in samples.Concat(samples).Append(1e308).Append(-1e308).Append(double.NaN))
        {
            time = time.AddHours(7);
            baseline = baseline.Add(time, sample);
            drift = drift.Add(time, sample, out var found);
            Assert.True(double.IsFinite(baseline.Expected(time)) && double.IsFinite(baseline.Deviation(time, sample, Direction.Either)) && double.IsFinite(found.PerDay));
        }
    }

    [Fact]
    public void A_counter_that_restarts_has_no_rate_rather_than_a_negative_one()
    {
        var counter = default(CounterRate).Add(Monday, 100, out var first).Add(Monday.AddSeconds(10), 150, out var second);
        counter.Add(Monday.AddSeconds(20), 5, out var third).Add(Monday.AddSeconds(30), 25, out var fourth);

        Assert.Equal((null, 5, null, 2), (first, second, third, fourth));
    }

    private static bool Rests(DateTimeOffset now) => now.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static bool Peak(DateTimeOffset now) => now is { DayOfWeek: DayOfWeek.Tuesday, Hour: 3 };
}
