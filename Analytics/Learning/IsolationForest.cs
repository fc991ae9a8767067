namespace Fleet.Analytics.Learning;

/// <summary>Random trees in which what is unusual is soon alone.</summary>
/// <remarks>Liu, Ting and Zhou, "Isolation Forest", ICDM 2008: trees grown on small samples to the height of their balance, scores 2 to the power of −(mean depth / expected depth).</remarks>
/// <param name="trees">How many trees.</param>
/// <param name="sample">How many rows each grows on.</param>
/// <param name="features">The share of features that each may cut.</param>
/// <param name="seed">Decides all chance.</param>
public sealed class IsolationForest(int trees = 100, int sample = 256, double features = 1, int seed = 1) : IAnomalyTrainer
{
    /// <inheritdoc/>
    public IAnomalyModel Train(IReadOnlyList<double[]> rows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        var (random, size) = (new Random(seed), Math.Min(sample, rows.Count));
        var height = (int)Math.Ceiling(Math.Log2(Math.Max(size, 2)));
        var grown = new Node[trees];
        for (var tree = 0; tree < trees; tree++)
        {
            var order = Enumerable.Range(0, rows[0].Length).ToArray();
            random.Shuffle(order);
            grown[tree] = Grow(Drawn(rows, size, random), order[..Math.Max(1, (int)(features * order.Length))], 0, height, random);
        }
        return new Forest(grown, Math.Max(Expected(size), 1));
    }

    /// <summary>A sample without repetition.</summary>
    private static double[][] Drawn(IReadOnlyList<double[]> rows, int size, Random random)
    {
        var drawn = new HashSet<int>(size);
        for (var last = rows.Count - size; last < rows.Count; last++)
        {
            var row = random.Next(last + 1);
            if (!drawn.Add(row)) drawn.Add(last);
        }
        return [.. drawn.Order().Select(row => rows[row])];
    }

    private static Node Grow(double[][] rows, int[] allowed, int depth, int height, Random random)
    {
        if (depth >= height || rows.Length <= 1) return Node.Leaf(depth + Expected(rows.Length));

        int[] moving = [.. allowed.Where(f => rows.Any(r => Finite(r[f]) != Finite(rows[0][f])))];
        if (moving.Length == 0) return Node.Leaf(depth + Expected(rows.Length));

        var feature = moving[random.Next(moving.Length)];
        var (low, high) = (rows.Min(r => Finite(r[feature])), rows.Max(r => Finite(r[feature])));
        var cut = low + random.NextDouble() * (high - low);
        if (cut >= high) cut = low;
        return new(feature, cut, 0,
            Grow([.. rows.Where(r => Finite(r[feature]) <= cut)], allowed, depth + 1, height, random),
            Grow([.. rows.Where(r => Finite(r[feature]) > cut)], allowed, depth + 1, height, random));
    }

    /// <summary>The mean depth of an unsuccessful search among so many: what a leaf with several rows would still have grown.</summary>
    private static double Expected(int rows) => rows switch
    {
        <= 1 => 0,
        2 => 1,
        _ => 2 * (Math.Log(rows - 1) + 0.5772156649015329) - 2 * (rows - 1.0) / rows,
    };

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;

    /// <summary>A cut, or a leaf when its feature is −1.</summary>
    internal sealed record Node(int Feature, double Cut, double Depth, Node? Low, Node? High)
    {
        public static Node Leaf(double depth) => new(-1, 0, depth, null, null);
    }

    internal sealed record Forest(Node[] Trees, double Expected) : IAnomalyModel
    {
        public double Score(ReadOnlySpan<double> features)
        {
            var sum = 0.0;
            foreach (var tree in Trees)
            {
                var at = tree;
                while (at.Feature >= 0) at = Finite(features[at.Feature]) <= at.Cut ? at.Low! : at.High!;
                sum += at.Depth;
            }
            return Math.Pow(2, -sum / Trees.Length / Expected);
        }
    }
}
