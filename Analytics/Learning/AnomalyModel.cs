using System.Text.Json.Serialization;

namespace Fleet.Analytics.Learning;

/// <summary>Says how unusual a row of features is; more is more unusual. Those of this library are stored as JSON and restore to the same answers.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(IsolationForest.Forest), "isolation-forest")]
public interface IAnomalyModel
{
    /// <summary>The score of a row; features that are not finite count as 0.</summary>
    double Score(ReadOnlySpan<double> features);
}

/// <summary>Makes an anomaly model from rows that are mostly normal: the place for another trainer.</summary>
public interface IAnomalyTrainer
{
    /// <summary>Learns from rows.</summary>
    IAnomalyModel Train(IReadOnlyList<double[]> rows);
}
