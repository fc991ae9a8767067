using Fleet.Analytics.Detection;

namespace Fleet.Bench.Models;

/// <summary>Machines seen for the first day (PlanetLab, six days): how often one is alarmed on, and how many loads are told that triple at three in the afternoon and stay.</summary>
/// <remarks>The threshold for a day is what a budget of one alarm in 100 machine-days finds on the other five days, as the days differ. A cohort is a slice: what runs under one name on several machines.</remarks>
internal static class ColdStartTrial
{
    private const int Shift = 180;
    private const double Worth = 10; // a tenth of the limit of 100 % CPU
    private const double PerWeek = .07;
    private const int LeastCohort = 8;

    public static (double Alarms, double Found) Run(string path, bool cohorts)
    {
        var arrays = Npy.Load(path, _ => true);
        string[] days = [.. arrays.Keys.Where(k => !k.Contains("names", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        var scored = Array.ConvertAll(days, day => Score(arrays[day], cohorts ? arrays[$"{day}_names"].Texts : []));
        var (machines, alarms, shifted, found) = (0, 0, 0, 0);
        for (var day = 0; day < days.Length; day++)
        {
            var threshold = AlarmBudget.Calibrate(scored.Where((_, other) => other != day).SelectMany(s => s.Calm), PerWeek);
            (machines, alarms) = (machines + scored[day].Calm.Count, alarms + scored[day].Calm.Count(s => s > threshold));
            (shifted, found) = (shifted + scored[day].Shifted.Count, found + scored[day].Shifted.Count(s => s > threshold));
        }
        return (100.0 * alarms / machines, (double)found / shifted);
    }

    /// <summary>The highest score of each machine's day, and after the shift of each whose mean load of 5 to 30 % is tripled.</summary>
    private static (List<double> Calm, List<double> Shifted) Score(Npy day, string[] names)
    {
        var usual = Usual(day, names);
        var (calm, shifted) = (new List<double>(), new List<double>());
        for (var vm = 0; vm < day.Shape[0]; vm++)
        {
            var row = day.Row(vm).ToArray();
            calm.Add(Highest(row, usual[vm], 0));
            if (row.Average() is >= 5 and <= 30) shifted.Add(Highest([.. row.Select((x, i) => i >= Shift ? Math.Min(100, 3 * x) : x)], usual[vm], Shift));
        }
        return (calm, shifted);
    }

    private static double Highest(double[] row, double[] usual, int from)
    {
        var (detector, highest) = (LevelShift.Start(Worth), 0.0);
        for (var i = 0; i < row.Length; i++)
        {
            detector = detector.Add(row[i], usual[i], out var score);
            if (i >= from) highest = Math.Max(highest, score);
        }
        return highest;
    }

    /// <summary>For each machine the median of its cohort at each time; nothing where the cohort is small.</summary>
    private static double[][] Usual(Npy day, string[] names)
    {
        var usual = Enumerable.Range(0, day.Shape[0]).Select(_ => new double[day.Shape[1]]).ToArray();
        foreach (var cohort in Enumerable.Range(0, names.Length).GroupBy(vm => Slice(names[vm])).Select(g => g.ToArray()).Where(g => g.Length >= LeastCohort))
        {
            double[] median = [.. Enumerable.Range(0, day.Shape[1]).Select(t => cohort.Select(vm => day.Values[vm * day.Shape[1] + t]).Order().ElementAt(cohort.Length / 2))];
            foreach (var vm in cohort) usual[vm] = median;
        }
        return usual;
    }

    /// <summary>Names are host_site_slice, with dots as underscores: the last two words.</summary>
    private static string Slice(string name) => string.Join('_', name.Split('_')[^2..]);
}
