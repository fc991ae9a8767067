using Fleet.Analytics.Forecasting;
using Fleet.Bench;
using Fleet.Bench.Models;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class ForecasterTests
{
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
            }
        }
    }

    [Fact]
    public void A_daily_wave_is_foreseen_a_day_ahead()
    {
        var samples = Series.Noisy(1, 288 * 15, noise: .5);
        var forecaster = Forecaster.Start(288);
        foreach (var sample in samples[..(288 * 14)]) forecaster = forecaster.Add(sample);

        var error = Enumerable.Range(1, 288).Average(h => Math.Abs(samples[288 * 14 + h - 1] - forecaster.Ahead(h).Expected));

        Assert.True(error < 1, $"{error}");
    }

    [Fact]
    public void A_constant_is_foreseen_without_doubt()
    {
        var forecaster = Forecaster.Start(288);
        for (var i = 0; i < 2000; i++) forecaster = forecaster.Add(42);

        Assert.Equal(new Forecast(42, 42, 42), forecaster.Ahead(100));
        Assert.True(forecaster.Ahead(100).Above(43) < 1e-6);
    }

    [Fact]
    public void A_gap_moves_the_clock_and_teaches_nothing()
    {
        var forecaster = Forecaster.Start(288);
        foreach (var sample in Series.Noisy(2, 288 * 5)) forecaster = forecaster.Add(sample);
        var before = forecaster.Ahead(288);
        for (var i = 0; i < 288; i++) forecaster = forecaster.Add(double.NaN);

        Assert.Equal(before.Expected, forecaster.Ahead(288).Expected, 2.0);
    }

    [Fact]
    public void Forecasts_of_public_data_beat_yesterday_and_their_intervals_hold()
    {
        var path = Areas.FindData("forecast/bitbrains50_cpu_pct_5min.csv");
        Assert.SkipWhen(path is null, "the public data isn't beside the repository");

        foreach (var row in ForecastArea.Rows(CsvTable.Load(path!)).Where(r => r.Unit.Length == 0 && !r.Name.StartsWith("MASE 24", StringComparison.Ordinal))) Assert.True(row.Met, $"{row.Name}: {row.Value:F3}, goal {row.Goal:F3}");
    }
}
