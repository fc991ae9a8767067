using Fleet.Analytics.Forecasting;

namespace Fleet.Bench.Models;

/// <summary>Whether the probability of a breach is worth more than how often the machine had one: each hour of the last ten days, for the 95th percentile of the first twenty.</summary>
internal static class BreachTrial
{
    private const int Learn = 20 * ForecastTrial.Day;
    private const int Hour = 12;

    public static double Skill(double[][] table, int horizon)
    {
        var (ours, rate) = (0.0, 0.0);
        foreach (var series in table)
        {
            double[] sorted = [.. series[..Learn].Order()];
            var limit = sorted[(int)(.95 * Learn)];
            if (limit <= sorted[Learn / 2]) continue;

            bool Breached(int at) => series.AsSpan(at + 1, horizon).ContainsAnyInRange(Math.BitIncrement(limit), double.MaxValue);
            int[] learned = [.. Enumerable.Range(1, (Learn - horizon) / Hour - 1).Select(k => k * Hour)];
            var usual = (learned.Count(Breached) + .5) / (learned.Length + 1);
            var (forecaster, watch) = (Forecaster.Start(ForecastTrial.Day), BreachWatch.Start(limit, horizon));
            for (var at = 0; at + horizon < series.Length; at++)
            {
                forecaster = forecaster.Add(series[at]);
                watch = watch.Add(series[at], forecaster);
                if (at < Learn || at % Hour != 0) continue;
                var came = Breached(at) ? 1 : 0;
                ours += Math.Pow(watch.Foresee(forecaster).Probability - came, 2);
                rate += Math.Pow(usual - came, 2);
            }
        }
        return 1 - ours / rate;
    }
}
