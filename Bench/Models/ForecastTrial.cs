using Fleet.Analytics.Forecasting;

namespace Fleet.Bench.Models;

/// <summary>What one way of forecasting got wrong.</summary>
internal sealed record ForecastErrors(double Mase1, double Mase24, double Pinball24, double[] Coverage);

/// <summary>
/// Forecasts of 44 machines' CPU from 36 origins, six hours apart over the last days. An error is the mean over the hour or the day ahead, scaled by what the same
/// time yesterday got wrong in the first twenty days (Hyndman and Koehler 2006, with a season of a day), at least .02 % of CPU; meaned over origins, then machines.
/// </summary>
/// <remarks>With this definition the last value and the same time yesterday have the published .878 and 2.77, 1.48 and 2.69: the check that it is the one behind the goals.</remarks>
internal static class ForecastTrial
{
    public const int Day = 288;
    public const int Origins = 36;
    private const int Apart = Day / 4;
    private const int Learn = 20 * Day;
    private const double LeastScale = .02;
    private const int Hour = 12;
    private static readonly int[] BandEnds = [Hour, 6 * Hour, Day];

    public static ForecastErrors Run(double[][] table, Func<double[], int[], Func<int, Forecast>[]> method)
    {
        var (one, day, pinball) = (0.0, 0.0, 0.0);
        var (inside, counted) = (new double[BandEnds.Length], new double[BandEnds.Length]);
        foreach (var series in table)
        {
            int[] origins = [.. Enumerable.Range(1, Origins).Select(k => series.Length - 1 - Day - (Origins - k) * Apart)];
            var forecasts = method(series, origins);
            var weight = 1 / (Scale(series) * Origins * table.Length);
            for (var o = 0; o < Origins; o++)
            {
                for (var h = 1; h <= Day; h++)
                {
                    var (actual, said) = (series[origins[o] + h], forecasts[o](h));
                    var error = weight * Math.Abs(actual - said.Expected);
                    if (h <= Hour) one += error / Hour;
                    day += error / Day;
                    pinball += weight * (Pinball(actual, said.Low, .05) + Pinball(actual, said.Expected, .5) + Pinball(actual, said.High, .95)) / 3 / Day;
                    var band = Array.FindIndex(BandEnds, end => h <= end);
                    counted[band]++;
                    if (actual >= said.Low && actual <= said.High) inside[band]++;
                }
            }
        }
        return new(one, day, pinball, [.. inside.Zip(counted, (i, c) => i / c)]);
    }

    /// <summary>What the same time yesterday gets wrong in the first twenty days: the unit of errors.</summary>
    public static double Scale(double[] series) => Math.Max(LeastScale, Enumerable.Range(Day, Learn - Day).Average(t => Math.Abs(series[t] - series[t - Day])));

    public static Func<int, Forecast>[] Naive(double[] series, int[] origins) => Array.ConvertAll<int, Func<int, Forecast>>(origins, o => _ => new(series[o], series[o], series[o]));

    /// <summary>The same time yesterday, with the quantiles of what that got wrong before.</summary>
    public static Func<int, Forecast>[] SeasonalNaive(double[] series, int[] origins) => Array.ConvertAll<int, Func<int, Forecast>>(origins, o =>
    {
        var wrong = Enumerable.Range(Day, o + 1 - Day).Select(t => series[t] - series[t - Day]).Order().ToArray();
        var (low, high) = (wrong[(int)(.05 * wrong.Length)], wrong[(int)(.95 * wrong.Length)]);
        return h => new(series[o + h - Day], series[o + h - Day] + low, series[o + h - Day] + high);
    });

    public static Func<int, Forecast>[] Ours(double[] series, int[] origins)
    {
        var forecaster = Forecaster.Start(Day);
        var at = new List<Func<int, Forecast>>();
        for (var t = 0; t <= origins[^1]; t++)
        {
            forecaster = forecaster.Add(series[t]);
            if (Array.IndexOf(origins, t) < 0) continue;
            var then = forecaster;
            at.Add(h => then.Ahead(h));
        }
        return [.. at];
    }

    private static double Pinball(double actual, double said, double quantile) => actual >= said ? quantile * (actual - said) : (1 - quantile) * (said - actual);
}
