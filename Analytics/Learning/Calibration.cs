using System.Text.Json.Serialization;

namespace Fleet.Analytics.Learning;

/// <summary>Turns a model's probabilities into the shares that came true: a staircase that only rises.</summary>
/// <remarks>Pool adjacent violators: Ayer et al. 1955; for classifiers Zadrozny and Elkan, KDD 2002. A step's share is (came true + ½) / (seen + 1), so that nothing becomes certain.</remarks>
public sealed class IsotonicCalibration
{
    [JsonConstructor]
    internal IsotonicCalibration(double[] from, double[] share) => (From, Share) = (from, share);

    /// <summary>Where each step begins, rising.</summary>
    [JsonInclude]
    internal double[] From { get; }

    /// <summary>The share that came true on each step, rising.</summary>
    [JsonInclude]
    internal double[] Share { get; }

    /// <summary>Learns from what was said and what came true.</summary>
    public static IsotonicCalibration Of(IReadOnlyList<double> said, IReadOnlyList<bool> positive)
    {
        ArgumentOutOfRangeException.ThrowIfZero(said.Count);
        var steps = new List<(double From, double Positive, double Count)>();
        foreach (var group in Enumerable.Range(0, said.Count).GroupBy(i => said[i]).OrderBy(g => g.Key))
        {
            var step = (From: group.Key, Positive: (double)group.Count(i => positive[i]), Count: (double)group.Count());
            while (steps.Count > 0 && ShareOf(steps[^1]) >= ShareOf(step))
            {
                step = (steps[^1].From, steps[^1].Positive + step.Positive, steps[^1].Count + step.Count);
                steps.RemoveAt(steps.Count - 1);
            }
            steps.Add(step);
        }
        return new([.. steps.Select(s => s.From)], [.. steps.Select(ShareOf)]);
    }

    /// <summary>The share that came true of what was said like this.</summary>
    public double Map(double said)
    {
        var at = Array.BinarySearch(From, said);
        return Share[Math.Max(at >= 0 ? at : ~at - 1, 0)];
    }

    private static double ShareOf((double From, double Positive, double Count) step) => (step.Positive + .5) / (step.Count + 1);
}

/// <summary>Trains on the earlier rows and calibrates on the later ones: rows must be in order of time.</summary>
/// <param name="inner">Who trains.</param>
/// <param name="heldBack">The share of rows that calibrate.</param>
public sealed class CalibratedTrainer(ITrainer inner, double heldBack = .25) : ITrainer
{
    /// <inheritdoc/>
    public IClassifier Train(IReadOnlyList<double[]> rows, IReadOnlyList<bool> positive)
    {
        var learned = (int)(rows.Count * (1 - heldBack));
        if (learned < 1 || learned >= rows.Count) return inner.Train(rows, positive);
        var model = inner.Train([.. rows.Take(learned)], [.. positive.Take(learned)]);
        return new Calibrated(model, IsotonicCalibration.Of([.. rows.Skip(learned).Select(r => model.Probability(r))], [.. positive.Skip(learned)]));
    }

    internal sealed record Calibrated(IClassifier Model, IsotonicCalibration Calibration) : IClassifier
    {
        public double Probability(ReadOnlySpan<double> features) => Calibration.Map(Model.Probability(features));
    }
}
