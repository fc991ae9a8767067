using Fleet.Analytics.Baselines;
using Fleet.Analytics.Detection;

namespace Fleet.Bench.Models;

/// <summary>How the models behave on made leaks and weekly peaks, and on machines seen for the first day.</summary>
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

    /// <summary>PlanetLab: alarms in 100 first days at the threshold that gives one in 200 on another day, and the share of tripled afternoons that is told.</summary>
    public static (double Alarms, double Found) ColdStart(string path)
    {
        var days = Npy.Load(path, n => !n.Contains("names", StringComparison.Ordinal)).OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Value).ToArray();
        double[] calm = [.. Enumerable.Range(0, days[0].Shape[0]).Select(vm => Peak(days[0].Row(vm), 1, Day).Highest).Order()];
        var threshold = calm[(int)(.995 * calm.Length)];
        var (machines, alarms, shifted, found) = (0, 0, 0, 0);
        foreach (var day in days[1..])
        {
            for (var vm = 0; vm < day.Shape[0]; vm++)
            {
                machines++;
                var row = day.Row(vm);
                if (Peak(row, 1, Day).Highest > threshold) alarms++;
                if (Mean(row) is < 5 or > 30) continue;
                shifted++;
                if (Peak(row, 3, Day / 2 + 36).AfterShift > threshold) found++;
            }
        }
        return (100.0 * alarms / machines, (double)found / shifted);
    }

    private static (double Highest, double AfterShift) Peak(ReadOnlySpan<double> row, double factor, int from)
    {
        var (detector, highest, after) = (default(LevelShift), 0.0, 0.0);
        for (var i = 0; i < row.Length; i++)
        {
            detector = detector.Add(i >= from ? Math.Min(100, row[i] * factor) : row[i], out var score);
            highest = Math.Max(highest, score);
            if (i >= from) after = Math.Max(after, score);
        }
        return (highest, after);
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

    private static double Mean(ReadOnlySpan<double> row)
    {
        var sum = 0.0;
        foreach (var value in row) sum += value;
        return sum / row.Length;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
