namespace Fleet.Analytics.Learning;

/// <summary>Logistic regression on standardised features, by gradient descent with a ridge.</summary>
public sealed class LogisticRegression(int rounds = 200, double step = 1, double ridge = 1e-4) : ITrainer
{
    /// <inheritdoc/>
    public IClassifier Train(IReadOnlyList<double[]> rows, IReadOnlyList<bool> positive)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        var n = rows[0].Length;
        var (mean, deviation, weights) = (new double[n], new double[n], new double[n + 1]);
        for (var f = 0; f < n; f++)
        {
            mean[f] = rows.Average(r => Finite(r[f]));
            deviation[f] = Math.Max(Math.Sqrt(rows.Average(r => Math.Pow(Finite(r[f]) - mean[f], 2))), 1e-12);
        }
        var model = new Model(mean, deviation, weights);
        var gradient = new double[n + 1];
        for (var round = 0; round < rounds; round++)
        {
            Array.Clear(gradient);
            for (var i = 0; i < rows.Count; i++)
            {
                var error = model.Probability(rows[i]) - (positive[i] ? 1 : 0);
                for (var f = 0; f < n; f++) gradient[f] += error * (Finite(rows[i][f]) - mean[f]) / deviation[f];
                gradient[n] += error;
            }
            for (var f = 0; f <= n; f++) weights[f] -= step * (gradient[f] / rows.Count + ridge * weights[f]);
        }
        return model;
    }

    private static double Finite(double value) => double.IsFinite(value) ? Math.Clamp(value, -1e100, 1e100) : 0;

    internal sealed record Model(double[] Mean, double[] Deviation, double[] Weights) : IClassifier
    {
        public double Probability(ReadOnlySpan<double> features)
        {
            var sum = Weights[^1];
            for (var f = 0; f < Mean.Length; f++) sum += Weights[f] * (Finite(features[f]) - Mean[f]) / Deviation[f];
            return 1 / (1 + Math.Exp(-Math.Clamp(sum, -500, 500)));
        }
    }
}
