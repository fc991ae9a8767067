using System.Diagnostics;
using Fleet.Analytics.Baselines;
using Fleet.Analytics.Detection;
using Fleet.Analytics.Forecasting;

namespace Fleet.Bench.Models;

/// <summary>Forecasts of machines' CPU, against the last value and the same time yesterday.</summary>
internal static class ForecastArea
{
    private const string Area = "forecast";

    public static Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        var table = CsvTable.Load(Areas.Data("forecast/bitbrains50_cpu_pct_5min.csv"));
        return Task.FromResult<IReadOnlyCollection<Row>>([.. Rows(table), .. ColdStart(table), .. Breaches(table), .. Cost(table)]);
    }

    public static IEnumerable<Row> Rows(double[][] table)
    {
        var naive = ForecastTrial.Run(table, ForecastTrial.Naive);
        var yesterday = ForecastTrial.Run(table, ForecastTrial.SeasonalNaive);
        var ours = ForecastTrial.Run(table, ForecastTrial.Ours);
        yield return new(Area, "MASE 1 h, the last value, as a check of the definition", naive.Mase1, "", Better.Low, .878);
        yield return new(Area, "MASE 24 h, the last value, as a check of the definition", naive.Mase24, "", Better.Low, 2.77);
        yield return new(Area, "MASE 1 h, the same time yesterday, as a check of the definition", yesterday.Mase1, "", Better.Low, 1.48);
        yield return new(Area, "MASE 24 h, the same time yesterday, as a check of the definition", yesterday.Mase24, "", Better.Low, 2.69);
        yield return new(Area, "MASE 1 h, reference the last value", ours.Mase1, "", Better.Low, naive.Mase1, .83);
        yield return new(Area, "MASE 24 h, reference the same time yesterday", ours.Mase24, "", Better.Low, yesterday.Mase24, 2.50);
        yield return new(Area, "pinball loss 24 h, reference the same time yesterday", ours.Pinball24, "", Better.Low, yesterday.Pinball24, yesterday.Pinball24);
        string[] bands = ["to 1 h", "1 to 6 h", "6 to 24 h"];
        for (var band = 0; band < bands.Length; band++) yield return new(Area, $"distance of the 90 % intervals' coverage from .9, {bands[band]} (coverage {ours.Coverage[band]:F3})", Math.Abs(ours.Coverage[band] - .9), "", Better.Low, null, .02);
    }

    /// <summary>The first two days of each machine, with and without the shape of the other half's days.</summary>
    private static IEnumerable<Row> ColdStart(double[][] table)
    {
        var (alone, helped) = (ColdForecastTrial.Run(table, false), ColdForecastTrial.Run(table, true));
        yield return new(Area, "first two days: MASE 1 h with the fleet's shape, reference without", helped.Mase1, "", Better.Low, alone.Mase1);
        yield return new(Area, "first two days: MASE 24 h with the fleet's shape, reference without", helped.Mase24, "", Better.Low, alone.Mase24);
    }

    private static IEnumerable<Row> Breaches(double[][] table)
    {
        foreach (var hours in (int[])[6, 24]) yield return new(Area, $"breach of the first weeks' 95th percentile within {hours} h: Brier skill over each machine's base rate", BreachTrial.Skill(table, 12 * hours), "", Better.High, 0);
    }

    private static IEnumerable<Row> Cost(double[][] table)
    {
        var best = TimeSpan.MaxValue;
        Span<byte> packed = stackalloc byte[Math.Max(Detector.MostBytes, Forecaster.MostBytes)];
        var bytes = 0;
        for (var repeat = 0; repeat < 5; repeat++)
        {
            foreach (var series in table[..5])
            {
                var (detector, forecaster, watch) = (Detector.Start, Forecaster.Start(ForecastTrial.Day), Stopwatch.StartNew());
                foreach (var value in series) (detector, forecaster) = (detector.Add(value, out _), forecaster.Add(value));
                if (watch.Elapsed < best) best = watch.Elapsed;
                bytes = Math.Max(bytes, detector.Pack(packed) + forecaster.Pack(packed));
            }
        }
        yield return new(Area, "detector and forecaster, a point", best.TotalMicroseconds / table[0].Length, "µs", Better.Low, 4, 2.5);
        yield return new(Area, "detector and forecaster, state of one series packed", bytes, "B", Better.Low, null, 1024);
        yield return new(Area, "the baseline of the hours of the week, packed, beside them", SeriesBaseline.Bytes, "B", Better.Low);
    }
}
