using System.Globalization;
using Fleet.Analytics.CrossMetric;
using Fleet.Analytics.Learning;

namespace Fleet.Bench.Models;

/// <summary>Several metrics at once, on machines of SMD and ASD: the training part streams in first, the test part is scored as it streams.</summary>
internal static class MultivariateArea
{
    private const string Area = "multivariate";
    private static readonly string[] Smd = ["machine-1-6", "machine-2-1", "machine-2-8", "machine-3-4"];
    private static readonly string[] Asd = ["omi-1", "omi-2", "omi-4", "omi-6", "omi-9", "omi-12"];

    public static Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        var arrays = Npy.Load(Areas.Data("multivariate/smd_asd_shared.npz"), _ => true);
        return Task.FromResult<IReadOnlyCollection<Row>>([.. Rows(arrays), .. Forest(arrays), .. Compared(arrays)]);
    }

    public static IEnumerable<Row> Rows(Dictionary<string, Npy> arrays)
    {
        var (smd, asd) = (Array.ConvertAll(Smd, m => Trial(arrays, m)), Array.ConvertAll(Asd, m => Trial(arrays, m)));
        yield return new(Area, "VUS-PR of SMD, mean of 4 machines, streaming", smd.Average(t => t.Vus), "", Better.High, .50, .50);
        yield return new(Area, "VUS-PR of ASD, mean of 6 servers, streaming", asd.Average(t => t.Vus), "", Better.High, .45, .45);
        foreach (var row in Check(arrays)) yield return row;
        yield return new(Area, "a labelled metric among the three most blamed, share of labelled ranges", smd.Concat(asd).Sum(t => t.Blamed) / smd.Concat(asd).Sum(t => t.Ranges), "", Better.High);
        foreach (var row in Leads("SMD", smd, 1).Concat(Leads("ASD", asd, 5))) yield return row;
    }

    private static IEnumerable<Row> Leads(string name, MachineTrial[] trials, int minutes)
    {
        Lead[] leads = [.. trials.SelectMany(t => t.Leads)];
        double[] early = [.. leads.Where(l => l.Samples is not null).Select(l => (double)l.Samples! * minutes).Order()];
        yield return new(Area, $"{name}, alarm in the hour before a labelled onset: share of ranges, reference before any moment", (double)early.Length / leads.Length, "", Better.High, trials.Average(t => t.Chance));
        yield return new(Area, $"{name}, median lead of those", early.Length == 0 ? 0 : early[early.Length / 2], "min", Better.High);
        yield return new(Area, $"{name}, alarm before the onset or within the range: share of ranges", (double)leads.Count(l => l.Samples is not null || l.Within) / leads.Length, "", Better.High);
        yield return new(Area, $"{name}, alarms a machine and day", trials.Sum(t => t.Alarms) / trials.Sum(t => t.Samples * minutes / 1440.0), "1/d", Better.Low);
    }

    /// <summary>Our VUS-PR of a PCA against the leaderboard's for the same machines.</summary>
    private static IEnumerable<Row> Check(Dictionary<string, Npy> arrays)
    {
        foreach (var (machine, published) in ((string, double)[])[("machine-2-1", .2534343083317034), ("machine-2-8", .8570875631902728), ("machine-3-4", .2457665849910378)])
        {
            var rows = Table(arrays[$"{machine}/test"]);
            var pca = PrincipalComponents.Of(rows);
            // TSB-AD's setting: as many axes as hold a quarter of the variance, distances to each divided by its share.
            var (axes, sum) = (0, 0.0);
            while (sum <= .25) sum += pca.Shares[axes++];
            double Distance(double[] z, int axis) => Math.Sqrt(Math.Max(0, z.Sum(x => x * x) + 1 - 2 * z.Zip(pca.Axes[axis], (x, y) => x * y).Sum())) / pca.Shares[axis];
            double[] scores = [.. rows.Select(r => pca.Standardise(r)).Select(z => Enumerable.Range(0, axes).Sum(a => Distance(z, a)))];
            var labels = Labels(arrays, machine);
            yield return new(Area, $"VUS-PR of a PCA on SMD {machine}, as a check of the scoring", VusPr.Score(labels, scores, VusPr.Period([.. rows.Select(r => r[0])])), "", Better.High, published);
        }
    }

    /// <summary>Our isolation forest against the leaderboard's, with its setting. That one was drawn once, so how far it lies from the mean of our draws is told in their deviations.</summary>
    public static IEnumerable<Row> Forest(Dictionary<string, Npy> arrays)
    {
        const int Draws = 8;
        foreach (var (machine, published) in ((string, double)[])[("machine-2-1", .2094254264068677), ("machine-2-8", .9050229944454252), ("machine-3-4", .3055335276701127)])
        {
            var test = Table(arrays[$"{machine}/test"]);
            var (labels, period) = (Labels(arrays, machine), VusPr.Period([.. test.Select(r => r[0])]));
            double[] drawn = [.. Enumerable.Range(1, Draws).Select(seed => new IsolationForest(trees: 25, features: .8, seed: seed).Train(test))
                .Select(forest => VusPr.Score(labels, Array.ConvertAll(test, r => forest.Score(r)), period))];
            var deviation = Math.Sqrt(drawn.Sum(d => Math.Pow(d - drawn.Average(), 2)) / (Draws - 1));
            yield return new(Area, $"VUS-PR of an isolation forest on SMD {machine}, mean of {Draws} draws, reference the leaderboard", drawn.Average(), "", Better.High, published);
            yield return new(Area, "the leaderboard's distance from that mean, in deviations of the draws", Math.Abs(published - drawn.Average()) / deviation, "", Better.Low, null, 2);
        }
    }

    private static IEnumerable<Row> Compared(Dictionary<string, Npy> arrays)
    {
        foreach (var (name, learn) in Families.SeveralMetrics.All)
        {
            double Vus(string machine)
            {
                var (train, test) = (Table(arrays[$"{machine}/train"]), Table(arrays[$"{machine}/test"]));
                return VusPr.Score(Labels(arrays, machine), Families.SeveralMetrics.Scores(learn, train, test), VusPr.Period([.. test.Select(r => r[0])]));
            }
            yield return new(Area, $"family: {name}, VUS-PR of SMD", Smd.Average(Vus), "", Better.High);
            yield return new(Area, $"family: {name}, VUS-PR of ASD", Asd.Average(Vus), "", Better.High);
        }
    }

    private static double[][] Table(Npy array) => [.. Enumerable.Range(0, array.Shape[0]).Select(r => array.Row(r).ToArray())];

    private static bool[] Labels(Dictionary<string, Npy> arrays, string machine) => Array.ConvertAll(arrays[$"{machine}/label"].Values, v => v > 0);

    private static MachineTrial Trial(Dictionary<string, Npy> arrays, string machine)
    {
        var (train, test) = (arrays[$"{machine}/train"], arrays[$"{machine}/test"]);
        var model = new CrossMetricModel(train.Shape[1]);
        var learned = new double[train.Shape[0]];
        for (var row = 0; row < learned.Length; row++) learned[row] = model.Add(train.Row(row)).Score;

        var scores = new double[test.Shape[0]];
        var worst = new double[scores.Length][];
        for (var row = 0; row < scores.Length; row++)
        {
            scores[row] = model.Add(test.Row(row)).Score;
            worst[row] = [.. model.Blame];
        }
        var labels = Labels(arrays, machine);
        double[] first = [.. Enumerable.Range(0, scores.Length).Select(row => test.Row(row)[0])];
        var (blamed, ranges) = Blame(arrays[$"{machine}/interp"].Texts[0], worst);
        var minutes = machine.StartsWith("machine", StringComparison.Ordinal) ? 1 : 5;
        var alarms = LeadTrial.Alarms(learned, scores, minutes);
        return new(VusPr.Score(labels, scores, VusPr.Period(first)), blamed, ranges, LeadTrial.Of(labels, alarms, 60 / minutes), LeadTrial.Chance(labels, alarms, 60 / minutes), alarms.Count(a => a), scores.Length);
    }

    /// <summary>Lines of "first-last:metric,metric", metrics from one.</summary>
    private static (double Blamed, double Ranges) Blame(string labelled, double[][] residuals)
    {
        var (blamed, ranges) = (0.0, 0.0);
        foreach (var line in labelled.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split('-', ':');
            var (first, last) = (Number(parts[0]), Math.Min(Number(parts[1]), residuals.Length - 1));
            var guilty = parts[2].Split(',').Select(m => Number(m) - 1).ToHashSet();
            var peaks = Enumerable.Range(0, residuals[0].Length).Select(m => residuals[first..(last + 1)].Max(r => Math.Abs(r[m]))).ToArray();
            ranges++;
            if (Enumerable.Range(0, peaks.Length).OrderByDescending(m => peaks[m]).Take(3).Any(guilty.Contains)) blamed++;
        }
        return (blamed, ranges);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>What the model does on one machine.</summary>
internal sealed record MachineTrial(double Vus, double Blamed, double Ranges, Lead[] Leads, double Chance, int Alarms, int Samples);
