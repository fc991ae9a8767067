using Fleet.Analytics.Forecasting;

namespace Fleet.Bench.Models;

/// <summary>Forecasts of machines seen for hours rather than days: odd hours of the first two days, from four starts, at the same scale as <see cref="ForecastTrial"/>.</summary>
internal static class ColdForecastTrial
{
    private const int Hour = 12;
    private static readonly int[] Starts = [0, 5, 10, 15];

    public static (double Mase1, double Mase24) Run(double[][] table, bool fleet)
    {
        var shapes = fleet ? Shapes(table) : [null, null];
        var (one, day, count) = (0.0, 0.0, 0);
        for (var machine = 0; machine < table.Length; machine++)
        {
            var (series, scale, shape) = (table[machine], ForecastTrial.Scale(table[machine]), shapes[1 - machine % 2]);
            foreach (var start in Starts)
            {
                var forecaster = Forecaster.Start(ForecastTrial.Day);
                for (var i = 0; i < 2 * ForecastTrial.Day; i++)
                {
                    var now = start * ForecastTrial.Day + i;
                    forecaster = forecaster.Add(series[now], shape);
                    if ((i + 1) % (2 * Hour) != Hour) continue;
                    count++;
                    for (var h = 1; h <= ForecastTrial.Day; h++)
                    {
                        var error = Math.Abs(series[now + h] - forecaster.Ahead(h, shape).Expected) / scale;
                        if (h <= Hour) one += error / Hour;
                        day += error / ForecastTrial.Day;
                    }
                }
            }
        }
        return (one / count, day / count);
    }

    /// <summary>The shapes of the even and the odd machines after twenty days.</summary>
    private static FleetShape?[] Shapes(double[][] table) =>
        [.. Enumerable.Range(0, 2).Select(half => FleetShape.Of(table.Where((_, machine) => machine % 2 == half).Select(Learned)))];

    private static Forecaster Learned(double[] series)
    {
        var forecaster = Forecaster.Start(ForecastTrial.Day);
        foreach (var value in series[..(20 * ForecastTrial.Day)]) forecaster = forecaster.Add(value);
        return forecaster;
    }
}
