using System.Text.Json.Serialization;

namespace Fleet.Analytics.Learning;

/// <summary>Gives a probability for a row of features. Those of this library are stored as JSON and restore to the same answers.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(BoostedTrees.Model), "boosted-trees")]
[JsonDerivedType(typeof(LogisticRegression.Model), "logistic-regression")]
[JsonDerivedType(typeof(CalibratedTrainer.Calibrated), "calibrated")]
public interface IClassifier
{
    /// <summary>The probability of the positive class, within 0 and 1; features that are not finite count as missing.</summary>
    double Probability(ReadOnlySpan<double> features);
}

/// <summary>Makes a classifier from examples: the place for another trainer.</summary>
public interface ITrainer
{
    /// <summary>Learns from rows and whether each was positive.</summary>
    IClassifier Train(IReadOnlyList<double[]> rows, IReadOnlyList<bool> positive);
}

/// <summary>A trained model with its version and how it did on data held back.</summary>
/// <param name="Version">Counts up by one with each training.</param>
/// <param name="Model">What answers.</param>
/// <param name="Brier">Its mean squared error on data held back.</param>
public sealed record VersionedModel(int Version, IClassifier Model, double Brier);

/// <summary>The model in use, and the rule by which another takes its place.</summary>
public static class Champion
{
    /// <summary>A challenger must be better by this share, so that chance alone changes nothing.</summary>
    private const double Margin = .02;

    /// <summary>Whichever is better on the same held-back rows; the champion in doubt.</summary>
    public static VersionedModel Next(VersionedModel? champion, IClassifier challenger, IReadOnlyList<double[]> heldBack, IReadOnlyList<bool> positive)
    {
        if (champion is null) return new(1, challenger, Brier(challenger, heldBack, positive));
        var (old, young) = (Brier(champion.Model, heldBack, positive), Brier(challenger, heldBack, positive));
        return young < old * (1 - Margin) ? new(champion.Version + 1, challenger, young) : champion;
    }

    /// <summary>The mean squared error of the probabilities; infinite without rows.</summary>
    public static double Brier(IClassifier model, IReadOnlyList<double[]> rows, IReadOnlyList<bool> positive)
    {
        if (rows.Count == 0) return double.PositiveInfinity;
        var sum = 0.0;
        for (var i = 0; i < rows.Count; i++) sum += Math.Pow(model.Probability(rows[i]) - (positive[i] ? 1 : 0), 2);
        return sum / rows.Count;
    }
}
