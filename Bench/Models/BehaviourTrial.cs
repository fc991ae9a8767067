using Fleet.Analytics.Baselines;

namespace Fleet.Bench.Models;

/// <summary>How the models behave on made leaks and weekly peaks.</summary>
internal static class BehaviourTrial
{
    private const int Day = 288;
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Days until a leak of half a percent of the limit a day is told, in noise of as much; the mean of the seeds, a miss counts sixty.</summary>
    public static double LeakDays(int seeds) => Enumerable.Range(1, seeds).Average(seed => (double)(FirstDrift(seed, 60, .5, 7) ?? 60));

    /// <summary>False alarms of drift in a thousand resource-days of the same noise with a daily wave and no leak.</summary>
    public static double FalseDrifts(int seeds, int days)
    {
        var alarms = 0;
        for (var seed = 1; seed <= seeds; seed++) alarms += Drifts(seed + 1000, days, 0, days).Count();
        return 1000.0 * alarms / (seeds * days);
    }

    /// <summary>Alarms from the third week on of a series that peaks for an hour each Tuesday, at four spreads for most of an hour.</summary>
    public static int WeeklyPeakAlarms(int weeks)
    {
        var (baseline, persistence, random, alarms) = (default(SeriesBaseline), default(Analytics.Health.Persistence), new Random(1), 0);
        var alarmed = false;
        for (var i = 0; i < weeks * 7 * Day; i++)
        {
            var now = Monday.AddMinutes(5 * i);
            var value = (now is { DayOfWeek: DayOfWeek.Tuesday, Hour: 3 } ? 80 : 20) + Normal(random);
            persistence = persistence.Add(baseline.Deviation(now, value, Direction.HighIsBad) > 4);
            var alarm = persistence.Share > .5;
            if (alarm && !alarmed && i >= 14 * Day) alarms++;
            alarmed = alarm;
            baseline = baseline.Add(now, value);
        }
        return alarms;
    }

    private static int? FirstDrift(int seed, int days, double leak, int from) => Drifts(seed, days, leak, from).Where(d => d >= from).Select(d => (int?)(d - from)).FirstOrDefault();

    private static IEnumerable<int> Drifts(int seed, int days, double leak, int from)
    {
        var (drift, random) = (default(SlowDrift), new Random(seed));
        for (var i = 0; i < days * Day; i++)
        {
            var level = 40 + Math.Sin(i * 2 * Math.PI / Day) + leak * Math.Max(0, i / (double)Day - from) + .5 * Normal(random);
            drift = drift.Add(Monday.AddMinutes(5 * i), level, out var found);
            if (found.Drifting) yield return i / Day;
        }
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
