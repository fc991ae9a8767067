using Fleet.Analytics.Numerics;

namespace Fleet.Bench.Models;

/// <summary>Three simple detectors whose scores on the Numenta Anomaly Benchmark are published: the check of our scoring.</summary>
internal static class SimpleDetectors
{
    /// <summary>Knows nothing.</summary>
    public static double[] Null(double[] values) => [.. values.Select(_ => .5)];

    /// <summary>How far in the tail of a normal distribution over a window, renewed in steps.</summary>
    public static double[] WindowedGaussian(double[] values)
    {
        const int Window = 6400, Step = 100, Digits = 12; // the published scores were written with twelve digits
        var scores = new double[values.Length];
        var (mean, deviation, until) = (0.0, 1.0, 0);
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0) scores[i] = Math.Round(1 - Tail(Math.Abs(values[i] - mean) / deviation), Digits);
            var filling = i < Window;
            if (!filling && (i + 1 - Window) % Step != 0) continue;
            until = i + 1;
            var window = values.AsSpan(Math.Max(0, until - Window)..until);
            (mean, deviation) = Moments(window);
        }
        return scores;
    }

    /// <summary>Whether a window's histogram is unlike all those seen so far.</summary>
    /// <remarks>Wang et al., "Statistical Techniques for Online Anomaly Detection in Data Centers", IM 2011. Knows the series' range from the start, as the published result does.</remarks>
    public static double[] RelativeEntropy(double[] values)
    {
        const int Bins = 5, Window = 52;
        const double Critical = 13.276704135987622; // chi-squared with Bins − 1 degrees of freedom, 99 %
        var scores = new double[values.Length];
        var (low, step) = (values.Min(), (values.Max() - values.Min()) / Bins);
        if (step == 0) return scores;

        var known = new List<(double[] Histogram, int Count)>();
        for (var i = Window - 1; i < values.Length; i++)
        {
            var histogram = new double[Bins];
            foreach (var v in values.AsSpan(i - Window + 1, Window)) histogram[Math.Min((int)Math.Ceiling((v - low) / step), Bins - 1)] += 1.0 / Window;
            var nearest = known.Count == 0 ? -1 : Enumerable.Range(0, known.Count).MinBy(k => 2 * Window * Divergence(histogram, known[k].Histogram));
            if (nearest >= 0 && 2 * Window * Divergence(histogram, known[nearest].Histogram) < Critical)
            {
                known[nearest] = (known[nearest].Histogram, known[nearest].Count + 1);
                continue;
            }
            scores[i] = known.Count == 0 ? 0 : 1;
            known.Add((histogram, 1));
        }
        return scores;
    }

    private static double Divergence(double[] p, double[] q)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] > 0) sum += q[i] > 0 ? p[i] * Math.Log(p[i] / q[i]) : double.PositiveInfinity;
        }
        return sum;
    }

    private static (double Mean, double Deviation) Moments(ReadOnlySpan<double> window)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var v in window) sum += v;
        var mean = sum / window.Length;
        foreach (var v in window) squares += (v - mean) * (v - mean);
        var deviation = Math.Sqrt(squares / window.Length);
        return (mean, deviation == 0 ? .000001 : deviation);
    }

    /// <summary>P(X &gt; z) for a standard normal X.</summary>
    private static double Tail(double z) => .5 * ErrorFunction.Complement(z / Math.Sqrt(2));
}
