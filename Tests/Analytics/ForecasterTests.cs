using Fleet.Analytics.Forecasting;
using Fleet.Bench;
using Fleet.Bench.Models;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class ForecasterTests
{
    private const int Day = 288;

    [Property(MaxTest = 40)]
    public void No_input_makes_not_a_number_leave(double[] samples)
    {
        var forecaster = Forecaster.Start(48);
        for (var round = 0; round < 1 + 200 / Math.Max(samples.Length, 1); round++)
        {
            foreach (var sample in samples.Append(double.NaN).Append(1e300).Append(-1e300))
            {
                forecaster = forecaster.Add(sample);
                foreach (var ahead in (int[])[1, 7, 48])
                {
                    var said = forecaster.Ahead(ahead);
                    Assert.False(double.IsNaN(said.Expected) || double.IsNaN(said.Low) || double.IsNaN(said.High));
                    Assert.True(said.Low <= said.Expected && said.Expected <= said.High);
                    Assert.InRange(said.Above(0), 0, 1);
                }
                Assert.InRange(forecaster.Breach(0, 48).Probability, 0, 1);
            }
        }
    }

    [Property(MaxTest = 20)]
    public void A_packed_state_restores_to_the_same_answers(int seed, ushort at, byte scale)
    {
        double[] samples = [.. Series.Noisy(seed, 6 * Day).Select((s, i) => (i % 97 == 0 ? 50 * s : s) * Math.Pow(10, scale % 30 - 10))];
        var (forecaster, restored) = (Forecaster.Start(Day), Forecaster.Start(Day));
        for (var i = 0; i < samples.Length; i++)
        {
            (forecaster, restored) = (forecaster.Add(samples[i]), restored.Add(samples[i]));
            if (i == at % samples.Length) restored = Forecaster.Unpack(Packed(forecaster));
            if (i % 50 == 0) Assert.Equal(forecaster.Ahead(Day / 2), restored.Ahead(Day / 2));
        }
        Assert.Equal(Packed(forecaster), Packed(restored));
    }

    [Property(MaxTest = 20)]
    public void Scale_scales_the_forecast_and_shift_shifts_it(int seed, byte exponent, short shift)
    {
        var samples = Series.Noisy(seed, 5 * Day);
        var scale = Math.ScaleB(1, exponent % 40 - 20);

        var plain = Ahead(samples, 1);
        Assert.Equal(plain.Expected * scale, Ahead([.. samples.Select(s => s * scale)], 1).Expected, 1e-3 * scale);
        Assert.Equal(plain.Expected + shift, Ahead([.. samples.Select(s => s + shift)], 1).Expected, .5);
    }

    [Fact]
    public void A_daily_wave_is_foreseen_a_day_ahead()
    {
        var samples = Series.Noisy(1, Day * 15, noise: .5);
        var forecaster = Learned(samples[..(Day * 14)]);

        var error = Enumerable.Range(1, Day).Average(h => Math.Abs(samples[Day * 14 + h - 1] - forecaster.Ahead(h).Expected));

        Assert.True(error < 1, $"{error}");
    }

    [Fact]
    public void A_burst_of_yesterday_is_not_expected_today()
    {
        var samples = Series.Noisy(3, Day * 10, noise: .5);
        for (var i = 0; i < 24; i++) samples[9 * Day + 100 + i] = 90;

        Assert.InRange(Learned(samples).Ahead(112).Expected, 15, 35);
    }

    [Fact]
    public void A_constant_is_foreseen_without_doubt()
    {
        var forecaster = Forecaster.Start(Day);
        for (var i = 0; i < 2000; i++) forecaster = forecaster.Add(42);

        Assert.Equal(new Forecast(42, 42, 42), forecaster.Ahead(100));
        Assert.True(forecaster.Ahead(100).Above(43) < 1e-6);
    }

    [Fact]
    public void A_gap_moves_the_clock_and_teaches_nothing()
    {
        var forecaster = Learned(Series.Noisy(2, Day * 5));
        var before = forecaster.Ahead(Day);
        for (var i = 0; i < Day; i++) forecaster = forecaster.Add(double.NaN);

        Assert.Equal(before.Expected, forecaster.Ahead(Day).Expected, 2.0);
    }

    [Fact]
    public void A_newcomer_is_foreseen_by_the_day_of_its_kind()
    {
        var fleet = FleetShape.Of([.. Enumerable.Range(1, 5).Select(seed => Learned(Series.Noisy(seed, Day * 6, noise: .5)))]);
        var samples = Series.Noisy(9, Day * 2, noise: .5);
        var (alone, helped) = (Forecaster.Start(Day), Forecaster.Start(Day));
        foreach (var sample in samples[..(Day / 2)]) (alone, helped) = (alone.Add(sample), helped.Add(sample, fleet));

        double Error(Func<int, double> said) => Enumerable.Range(1, Day / 2).Average(h => Math.Abs(samples[Day / 2 + h - 1] - said(h)));
        Assert.True(Error(h => helped.Ahead(h, fleet).Expected) < .6 * Error(h => alone.Ahead(h).Expected));
    }

    [Fact]
    public void A_breach_is_foreseen_at_the_hour_that_it_comes()
    {
        var forecaster = Learned(Series.Noisy(1, Day * 14, noise: .2));

        var (probability, samples) = forecaster.Breach(24, Day);

        Assert.True(probability > .9);
        Assert.InRange(samples!.Value, 30, 60); // the wave passes 24 of its 25 at sample 43
        Assert.Equal((0, null), (Math.Round(forecaster.Breach(40, Day).Probability, 3), forecaster.Breach(40, Day).Samples));
    }

    [Fact]
    public void A_watch_learns_how_often_bursts_come_that_no_forecast_shows()
    {
        var (forecaster, watch, random) = (Forecaster.Start(Day), BreachWatch.Start(50, 72), new Random(4));
        var (shown, said) = (0.0, 0.0);
        for (var i = 0; i < 40 * Day; i++)
        {
            var sample = random.Next(72) == 0 ? 60 : 10 + Series.Normal(random);
            forecaster = forecaster.Add(sample);
            watch = watch.Add(sample, forecaster);
            if (i < 20 * Day) continue;
            shown += forecaster.Breach(50, 72).Probability / (20 * Day);
            said += watch.Foresee(forecaster).Probability / (20 * Day);
        }

        // One in 72 samples, so that 63 % of spans of 72 have one; the forecast alone sees hardly any.
        Assert.True(shown < .2, $"{shown}");
        Assert.InRange(said, .5, .75);
    }

    [Fact]
    public void Forecasts_of_public_data_beat_yesterday_and_their_intervals_hold()
    {
        var path = Areas.FindData("forecast/bitbrains50_cpu_pct_5min.csv");
        Assert.SkipWhen(path is null, "the public data isn't beside the repository");

        var rows = ForecastArea.Rows(CsvTable.Load(path!)).ToArray();
        foreach (var row in rows.Where(r => r.Goal is not null)) Assert.True(row.Met, $"{row.Name}: {row.Value:F3}, goal {row.Goal:F3}");
        foreach (var row in rows.Where(r => r.Name.Contains("check", StringComparison.Ordinal))) Assert.Equal(row.Reference!.Value, row.Value, .005);
    }

    private static Forecaster Learned(double[] samples)
    {
        var forecaster = Forecaster.Start(Day);
        foreach (var sample in samples) forecaster = forecaster.Add(sample);
        return forecaster;
    }

    private static Forecast Ahead(double[] samples, int ahead) => Learned(samples).Ahead(ahead);

    private static byte[] Packed(Forecaster forecaster)
    {
        var bytes = new byte[Forecaster.MostBytes];
        return bytes[..forecaster.Pack(bytes)];
    }
}
