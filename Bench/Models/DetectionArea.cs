using System.Diagnostics;
using Fleet.Analytics.Detection;

namespace Fleet.Bench.Models;

/// <summary>The detector of single series on public and made data.</summary>
internal static class DetectionArea
{
    private const string Area = "detection";

    public static Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        var nab = NabCorpus.Load(Areas.Data("nab/nab_data_labels.tar.gz"));
        return Task.FromResult<IReadOnlyCollection<Row>>([.. Check(nab), .. Nab(nab), .. Behaviour(), .. Budget(), .. Cost(nab), .. Compared(nab)]);
    }

    /// <summary>Our scoring against published scores: these rows must agree to the last digit.</summary>
    public static IEnumerable<Row> Check(NabCorpus nab)
    {
        (string Name, Func<double[], double[]> Scores)[] simple =
            [("null", SimpleDetectors.Null), ("windowedGaussian", SimpleDetectors.WindowedGaussian), ("relativeEntropy", SimpleDetectors.RelativeEntropy)];
        foreach (var (name, detector) in simple)
        {
            var scores = Array.ConvertAll(nab.Files, f => detector(f.Values));
            foreach (var profile in new[] { NabProfile.Standard, NabProfile.LowFalsePositives })
            {
                var ours = NabScore.Best(nab.Files, scores, profile).Score;
                yield return new(Area, $"NAB {Name(profile)}, {name} as a check of the scoring", ours, "", Better.High, nab.Published[name][profile.Name]);
            }
        }
    }

    public static IEnumerable<Row> Nab(NabCorpus nab)
    {
        var scores = Array.ConvertAll(nab.Files, f => Scores(f.Values));
        yield return new(Area, "NAB standard", NabScore.Best(nab.Files, scores, NabProfile.Standard).Score, "", Better.High, 74.9, 70);
        yield return new(Area, "NAB low FP", NabScore.Best(nab.Files, scores, NabProfile.LowFalsePositives).Score, "", Better.High, 67.0, 66);
        yield return new(Area, "NAB standard, thresholds set on the other half, mean of 10 halvings", Halves(nab.Files, scores, NabProfile.Standard), "", Better.High, 69.4, 68);
        yield return new(Area, "NAB low FP, thresholds set on the other half, mean of 10 halvings", Halves(nab.Files, scores, NabProfile.LowFalsePositives), "", Better.High);
    }

    /// <summary>The score of each half of the files at the threshold that is best on the other half.</summary>
    public static double Halves(NabFile[] files, double[][] scores, NabProfile profile)
    {
        const int Halvings = 10;
        var raw = 0.0;
        for (var seed = 1; seed <= Halvings; seed++)
        {
            var order = Enumerable.Range(0, files.Length).ToArray();
            new Random(seed).Shuffle(order);
            var (a, b) = (order[..(files.Length / 2)], order[(files.Length / 2)..]);
            raw += Held(a, b) + Held(b, a);
        }
        return NabScore.Normalise(raw / Halvings, files, profile);

        double Held(int[] learn, int[] test)
        {
            var threshold = NabScore.Best(Of(files, learn), Of(scores, learn), profile).Threshold;
            return NabScore.RawAt(threshold, Of(files, test), Of(scores, test), profile);
        }
    }

    private static IEnumerable<Row> Behaviour()
    {
        yield return new(Area, "days until a leak of .5 % a day in noise of .5 % is told, 20 series", BehaviourTrial.LeakDays(20), "d", Better.Low, null, 5);
        yield return new(Area, "false alarms of drift without a leak, 2 000 resource-days", BehaviourTrial.FalseDrifts(20, 100), "1/1000 d", Better.Low, null, 1);
        yield return new(Area, "weekly peak: alarms from the third week, 8 weeks", BehaviourTrial.WeeklyPeakAlarms(8), "", Better.Low, null, 0);
        foreach (var row in ColdStart(Areas.Data("fleet/planetlab_shared.npz"))) yield return row;
    }

    public static IEnumerable<Row> ColdStart(string path)
    {
        var trial = ColdStartTrial.Run(path, cohorts: true);
        yield return new(Area, "PlanetLab, first day: alarms in 100 VM-days at the other days' threshold", trial.Alarms, "", Better.Low, null, 1);
        yield return new(Area, "PlanetLab, first day: share of tripled loads that is told", trial.Found, "", Better.High, null, .8);
        var alone = ColdStartTrial.Run(path, cohorts: false);
        yield return new(Area, "the same without cohorts: alarms", alone.Alarms, "", Better.Low);
        yield return new(Area, "the same without cohorts: share told", alone.Found, "", Better.High);
    }

    /// <summary>Alarms of the detector on machines' CPU, with a budget of one a machine and week.</summary>
    private static IEnumerable<Row> Budget()
    {
        var rate = BudgetTrial.AlarmsPerWeek(CsvTable.Load(Areas.Data("forecast/bitbrains50_cpu_pct_5min.csv")), 1);
        yield return new(Area, "alarms a machine and week, 44 machines, budget 1", rate.Mean, "1/week", Better.Low, null, 1);
        yield return new(Area, "the same, the machine with the most", rate.Most, "1/week", Better.Low);
    }

    /// <summary>The families that the field expects, alone and as a third part of our sum.</summary>
    private static IEnumerable<Row> Compared(NabCorpus nab)
    {
        var ours = Array.ConvertAll(nab.Files, f => Scores(f.Values));
        var (score, held) = (NabScore.Best(nab.Files, ours, NabProfile.Standard).Score, Halves(nab.Files, ours, NabProfile.Standard));
        foreach (var (name, family) in Families.SingleSeries.All)
        {
            var watch = Stopwatch.StartNew();
            var plain = Array.ConvertAll(nab.Files, f => family(f.Values));
            var cost = watch.Elapsed.TotalMicroseconds / nab.Files.Sum(f => f.Values.Length);
            var told = Array.ConvertAll(plain, Families.SingleSeries.Told);
            double[][] added = [.. ours.Zip(told, (o, t) => o.Zip(t, (a, b) => a + b).ToArray())];
            yield return new(Area, $"family: {name}, NAB standard, reference ours", NabScore.Best(nab.Files, plain, NabProfile.Standard).Score, "", Better.High, score);
            yield return new(Area, $"family: {name}, told by new extremes, NAB standard, reference ours", NabScore.Best(nab.Files, told, NabProfile.Standard).Score, "", Better.High, score);
            yield return new(Area, $"family: {name}, as a third part, thresholds set on the other half, reference without", Halves(nab.Files, added, NabProfile.Standard), "", Better.High, held);
            yield return new(Area, $"family: {name}, a point", cost, "µs", Better.Low);
        }
    }

    private static IEnumerable<Row> Cost(NabCorpus nab)
    {
        var points = nab.Files.Sum(f => f.Values.Length);
        var best = TimeSpan.MaxValue;
        for (var repeat = 0; repeat < 5; repeat++)
        {
            var watch = Stopwatch.StartNew();
            foreach (var file in nab.Files) Scores(file.Values);
            if (watch.Elapsed < best) best = watch.Elapsed;
        }
        yield return new(Area, "detector, a point", best.TotalMicroseconds / points, "µs", Better.Low, 4, 2.5);

        var largest = 0;
        Span<byte> packed = stackalloc byte[Detector.MostBytes];
        foreach (var file in nab.Files)
        {
            var detector = Detector.Start;
            foreach (var value in file.Values) detector = detector.Add(value, out _);
            largest = Math.Max(largest, detector.Pack(packed));
        }
        yield return new(Area, "detector, state of one series packed", largest, "B", Better.Low, null, 1024);
    }

    private static double[] Scores(double[] values)
    {
        var (detector, scores) = (Detector.Start, new double[values.Length]);
        for (var i = 0; i < values.Length; i++) detector = detector.Add(values[i], out scores[i]);
        return scores;
    }

    private static T[] Of<T>(T[] all, int[] which) => Array.ConvertAll(which, i => all[i]);

    private static string Name(NabProfile profile) => profile == NabProfile.Standard ? "standard" : "low FP";
}
