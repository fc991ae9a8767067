namespace Fleet.Analytics.Learning;

/// <summary>Small regression trees, each grown on what those before it got wrong.</summary>
/// <remarks>Friedman, "Greedy function approximation", Annals of Statistics 29(5), 2001, for the logistic loss, with the second-order leaves of Chen and Guestrin (KDD 2016) on features cut into 32 bins. Missing features go left. No randomness.</remarks>
public sealed class BoostedTrees(int rounds = 80, int depth = 4, double step = .15, double ridge = 1) : ITrainer
{
    private const int Bins = 32;
    private const double LeastHessian = 1;

    /// <inheritdoc/>
    public IClassifier Train(IReadOnlyList<double[]> rows, IReadOnlyList<bool> positive)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        var (cuts, binned) = Bin(rows);
        var start = (positive.Count(p => p) + .5) / (rows.Count + 1.0);
        var bias = Math.Log(start / (1 - start));
        var (sums, gradients, hessians) = (new double[rows.Count], new double[rows.Count], new double[rows.Count]);
        Array.Fill(sums, bias);
        var trees = new Tree[rounds];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                var p = Logistic(sums[i]);
                (gradients[i], hessians[i]) = (p - (positive[i] ? 1 : 0), p * (1 - p));
            }
            trees[round] = Grow([.. Enumerable.Range(0, rows.Count)], depth, cuts, binned, gradients, hessians);
            for (var i = 0; i < sums.Length; i++) sums[i] += trees[round].Value(rows[i]);
        }
        return new Model(bias, trees);
    }

    private Tree Grow(int[] rows, int levels, double[][] cuts, byte[][] binned, double[] gradients, double[] hessians)
    {
        var (gradient, hessian) = (rows.Sum(i => gradients[i]), rows.Sum(i => hessians[i]));
        var leaf = new Tree(-1, 0, -step * gradient / (hessian + ridge), null, null);
        if (levels == 0) return leaf;

        var (best, feature, bin) = (1e-9, -1, 0);
        Span<double> g = stackalloc double[Bins], h = stackalloc double[Bins];
        for (var f = 0; f < binned.Length; f++)
        {
            g.Clear();
            h.Clear();
            foreach (var i in rows) (g[binned[f][i]], h[binned[f][i]]) = (g[binned[f][i]] + gradients[i], h[binned[f][i]] + hessians[i]);
            var (left, weight) = (0.0, 0.0);
            for (var b = 0; b < cuts[f].Length; b++)
            {
                (left, weight) = (left + g[b], weight + h[b]);
                if (weight < LeastHessian || hessian - weight < LeastHessian) continue;
                var gain = left * left / (weight + ridge) + (gradient - left) * (gradient - left) / (hessian - weight + ridge) - gradient * gradient / (hessian + ridge);
                if (gain > best) (best, feature, bin) = (gain, f, b);
            }
        }
        if (feature < 0) return leaf;
        var column = binned[feature];
        return new(feature, cuts[feature][bin], 0,
            Grow([.. rows.Where(i => column[i] <= bin)], levels - 1, cuts, binned, gradients, hessians),
            Grow([.. rows.Where(i => column[i] > bin)], levels - 1, cuts, binned, gradients, hessians));
    }

    private static (double[][] Cuts, byte[][] Binned) Bin(IReadOnlyList<double[]> rows)
    {
        var (cuts, binned) = (new double[rows[0].Length][], new byte[rows[0].Length][]);
        for (var f = 0; f < cuts.Length; f++)
        {
            double[] distinct = [.. rows.Select(r => r[f]).Where(double.IsFinite).Distinct().Order()];
            double[] all = distinct.Length <= Bins ? distinct : [.. rows.Select(r => r[f]).Where(double.IsFinite).Order()];
            cuts[f] = all.Length == 0 ? [] : [.. Enumerable.Range(1, Bins - 1).Select(b => all[(int)((long)b * (all.Length - 1) / Bins)]).Distinct()];
            if (distinct.Length <= Bins && distinct.Length > 0) cuts[f] = distinct[..^1];
            var edges = cuts[f];
            binned[f] = [.. rows.Select(r => (byte)(!double.IsFinite(r[f]) ? 0 : Place(edges, r[f])))];
        }
        return (cuts, binned);
    }

    /// <summary>How many cuts lie below the value.</summary>
    private static int Place(double[] edges, double value)
    {
        var at = Array.BinarySearch(edges, value);
        return at >= 0 ? at : ~at;
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-Math.Clamp(x, -500, 500)));

    /// <summary>A cut, or a leaf when its feature is −1.</summary>
    internal sealed record Tree(int Feature, double Cut, double Leaf, Tree? Left, Tree? Right)
    {
        public double Value(ReadOnlySpan<double> features)
        {
            var at = this;
            while (at.Feature >= 0) at = features[at.Feature] > at.Cut ? at.Right! : at.Left!;
            return at.Leaf;
        }
    }

    internal sealed record Model(double Bias, Tree[] Trees) : IClassifier
    {
        public double Probability(ReadOnlySpan<double> features)
        {
            var sum = Bias;
            foreach (var tree in Trees) sum += tree.Value(features);
            return Logistic(sum);
        }
    }
}
