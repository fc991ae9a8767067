using System.Diagnostics;
using Fleet.Analytics.Forecasting;

namespace Fleet.Bench.Models;

/// <summary>Forecasts of machines' CPU, against the last value and the same time yesterday.</summary>
internal static class ForecastArea
{
    private const string Area = "forecast";

    // The share of the naive forecasts' errors that the goals of .83 and 2.50 are, where those forecasts have .878 and 2.69.
    private const double Goal1 = .83 / .878;
    private const double Goal24 = 2.50 / 2.69;

    public static Task<IReadOnlyCollection<Row>> Run(string[] arguments) =>
        Task.FromResult<IReadOnlyCollection<Row>>([.. Rows(CsvTable.Load(Areas.Data("forecast/bitbrains50_cpu_pct_5min.csv")))]);

    public static IEnumerable<Row> Rows(double[][] table)
    {
        var naive = ForecastTrial.Run(table, ForecastTrial.Naive);
        var yesterday = ForecastTrial.Run(table, ForecastTrial.SeasonalNaive);
        var ours = ForecastTrial.Run(table, ForecastTrial.Ours);
        yield return new(Area, "MASE 1 h, reference the last value", ours.Mase1, "", Better.Low, naive.Mase1, naive.Mase1 * Goal1);
        yield return new(Area, "MASE 24 h, reference the same time yesterday", ours.Mase24, "", Better.Low, yesterday.Mase24, yesterday.Mase24 * Goal24);
        yield return new(Area, "pinball loss 24 h, reference the same time yesterday", ours.Pinball24, "", Better.Low, yesterday.Pinball24, yesterday.Pinball24);
        string[] bands = ["to 1 h", "1 to 6 h", "6 to 24 h"];
        for (var band = 0; band < bands.Length; band++) yield return new(Area, $"distance of the 90 % intervals' coverage from .9, {bands[band]} (coverage {ours.Coverage[band]:F3})", Math.Abs(ours.Coverage[band] - .9), "", Better.Low, null, .02);
        yield return new(Area, "forecaster, a point", Cost(table[0]), "µs", Better.Low, null, 2.5);
        yield return new(Area, "detector and forecaster, state of one series in memory or packed", System.Runtime.CompilerServices.Unsafe.SizeOf<Forecaster>() + 509, "B", Better.Low, null, 1024);
    }

    private static double Cost(double[] series)
    {
        var best = TimeSpan.MaxValue;
        for (var repeat = 0; repeat < 5; repeat++)
        {
            var forecaster = Forecaster.Start(ForecastTrial.Day);
            var watch = Stopwatch.StartNew();
            foreach (var value in series) forecaster = forecaster.Add(value);
            if (watch.Elapsed < best) best = watch.Elapsed;
        }
        return best.TotalMicroseconds / series.Length;
    }
}
