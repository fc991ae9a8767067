using Fleet.Analytics.Learning;

namespace Fleet.Bench.Models.Families;

/// <summary>The families on several metrics at once: learned from the training part, held as our score is.</summary>
internal static class SeveralMetrics
{
    private const double Hold = .97;

    public static (string Name, Func<double[][], Func<double[], double>> Learn)[] All { get; } =
    [
        ("isolation forest (100 trees)", rows => Score(new IsolationForest().Train(rows))),
        ("one-class (kernel mean)", OneClass),
        ("autoencoder (8 hidden, 3 rounds)", Autoencode),
        ("batch PCA (what the axes of three quarters of the variance leave over)", Residual),
    ];

    /// <summary>The scores of the test part.</summary>
    public static double[] Scores(Func<double[][], Func<double[], double>> learn, double[][] train, double[][] test)
    {
        var (score, held) = (learn(train), 0.0);
        return Array.ConvertAll(test, row => held = Math.Max(score(row), held * Hold + (1 - Hold) * score(row)));
    }

    private static Func<double[], double> Score(IAnomalyModel model) => row => model.Score(row);

    private static Func<double[], double> OneClass(double[][] rows)
    {
        var (standard, model) = (Standard(rows), new KernelMean(rows[0].Length, 1));
        foreach (var row in rows) model.Add(standard(row));
        return row => model.Add(standard(row), learn: false);
    }

    private static Func<double[], double> Autoencode(double[][] rows)
    {
        var (standard, model) = (Standard(rows), new Autoencoder(rows[0].Length, 8));
        for (var round = 0; round < 3; round++)
        {
            foreach (var row in rows) model.Add(standard(row));
        }
        return row => model.Add(standard(row), learn: false);
    }

    private static Func<double[], double> Residual(double[][] rows)
    {
        var pca = PrincipalComponents.Of(rows);
        var (axes, share) = (0, 0.0);
        while (share <= .75) share += pca.Shares[axes++];
        return row =>
        {
            var z = Array.ConvertAll(pca.Standardise(row), x => Math.Clamp(x, -30, 30));
            return Math.Sqrt(Math.Max(0, z.Sum(x => x * x) - pca.Axes.Take(axes).Sum(axis => Math.Pow(axis.Zip(z, (a, x) => a * x).Sum(), 2))));
        };
    }

    private static Func<double[], double[]> Standard(double[][] rows)
    {
        var pca = PrincipalComponents.Of(rows);
        return row => Array.ConvertAll(pca.Standardise(row), x => Math.Clamp(x, -5, 5));
    }
}
