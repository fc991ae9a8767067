namespace Fleet.Analytics.Health;

/// <summary>A part of a resource that can fail by itself.</summary>
public enum Layer
{
    /// <summary>Machine.</summary>
    Hardware,

    /// <summary>Operating system.</summary>
    System,

    /// <summary>Application.</summary>
    Application,
}

/// <summary>What is known of one metric now.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Layer">Where it belongs.</param>
/// <param name="Deviation">Spreads to the bad side of normal; improvement is 0.</param>
/// <param name="Persistence">The share of recent samples that were off, 0 to 1.</param>
/// <param name="Breach">The probability that the forecast crosses the limit within the horizon.</param>
public readonly record struct Evidence(string Metric, Layer Layer, double Deviation, double Persistence, double Breach);

/// <summary>Why a score is what it is.</summary>
public sealed record Contributor(string Metric, double Risk, string Words);

/// <summary>The health of a resource: 0 to 100, or unknown.</summary>
public sealed record Health(double? Score, IReadOnlyDictionary<Layer, double?> LayerRisk, IReadOnlyList<Contributor> Contributors);

/// <summary>Severity and persistence of one metric over time: m of n with a decaying share.</summary>
public readonly record struct Persistence(double Share)
{
    private const double Step = .2;

    /// <summary>Takes in whether the sample was off.</summary>
    public Persistence Add(bool off) => new(Share + Step * ((off ? 1 : 0) - Share));
}

/// <summary>Makes health and the risk of each layer out of deviation, persistence, forecast and predicted failure.</summary>
/// <remarks>A layer's risk is a noisy-or (Pearl 1988, 4.3) of its metrics, so that one disaster isn't averaged away; a single spike stays below half as its persistence is low. What is not finite is unknown, never normal.</remarks>
public static class HealthScore
{
    private const double Mild = 4;
    private const double SpikeCeiling = .4;

    /// <summary>The health from what is known now; unknown when the resource is silent or its baselines are cold.</summary>
    public static Health Of(IReadOnlyList<Evidence> evidence, double? predictedFailure, bool silent, bool cold)
    {
        var layers = Enum.GetValues<Layer>().ToDictionary(l => l, l => silent || cold ? null : Risk(evidence.Where(e => e.Layer == l)));
        if (silent || cold || layers.Values.All(r => r is null)) return new(null, layers, []);

        var predicted = predictedFailure is { } p && double.IsFinite(p) ? Math.Clamp(p, 0, 1) : 0;
        var well = layers.Values.Aggregate(1 - predicted, (product, risk) => product * (1 - (risk ?? 0)));
        var top = evidence.Where(Known).Select(e => new Contributor(e.Metric, Risk(e), Words(e))).Where(c => c.Risk > .01)
            .Concat(predicted > .01 ? [new Contributor("failure", predicted, $"a failure is expected with probability {predicted:P0}")] : [])
            .OrderByDescending(c => c.Risk).ThenBy(c => c.Metric, StringComparer.Ordinal).Take(3);
        return new(100 * well, layers, [.. top]);
    }

    /// <summary>The risk that one metric shows, 0 to 1.</summary>
    public static double Risk(Evidence evidence)
    {
        var severity = 1 - Math.Exp(-Math.Pow(Math.Max(0, evidence.Deviation) / Mild / 2, 2));
        var persistence = Math.Clamp(evidence.Persistence, 0, 1);
        var deviation = severity * (SpikeCeiling * Math.Min(1, persistence * 2) + (1 - SpikeCeiling) * persistence * persistence);
        return 1 - (1 - deviation) * (1 - Math.Clamp(evidence.Breach, 0, 1));
    }

    private static double? Risk(IEnumerable<Evidence> evidence)
    {
        var known = evidence.Where(Known).ToArray();
        return known.Length == 0 ? null : 1 - known.Aggregate(1.0, (product, e) => product * (1 - Risk(e)));
    }

    private static bool Known(Evidence e) => !double.IsNaN(e.Deviation) && double.IsFinite(e.Persistence) && double.IsFinite(e.Breach);

    private static string Words(Evidence e) => e.Breach > .5
        ? $"{e.Metric} is expected to cross its limit with probability {e.Breach:P0}"
        : $"{e.Metric} is {e.Deviation:F1} spreads worse than normal, in {e.Persistence:P0} of late samples";
}
