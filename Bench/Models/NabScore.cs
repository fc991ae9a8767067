namespace Fleet.Bench.Models;

/// <summary>What a miss and a false alarm cost.</summary>
internal sealed record NabProfile(string Name, double FalsePositive, double FalseNegative)
{
    public static NabProfile Standard { get; } = new("standard", .11, 1);
    public static NabProfile LowFalsePositives { get; } = new("reward_low_FP_rate", .22, 1);
    public static NabProfile LowFalseNegatives { get; } = new("reward_low_FN_rate", .11, 2);
}

/// <summary>Scores anomaly scores as the Numenta Anomaly Benchmark does: early finds in a window earn most, one a window; false alarms cost more the further behind a window they are.</summary>
/// <remarks>Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms", ICMLA 2015, with the probation and positions of NAB 1.1.</remarks>
internal static class NabScore
{
    private const double Probation = .15;
    private const int ProbationCap = 750;

    /// <summary>The best score over all thresholds, 0 for silence and 100 for perfection, and the threshold.</summary>
    public static (double Score, double Threshold) Best(IReadOnlyList<NabFile> files, IReadOnlyList<double[]> scores, NabProfile profile)
    {
        var (best, threshold) = (double.NegativeInfinity, 0.0);
        foreach (var (at, raw) in Sweep(files, scores, profile))
        {
            if (raw > best) (best, threshold) = (raw, at);
        }
        return (Normalise(best, files, profile), threshold);
    }

    /// <summary>The score when everything at or above the threshold is an alarm.</summary>
    public static double At(double threshold, IReadOnlyList<NabFile> files, IReadOnlyList<double[]> scores, NabProfile profile) =>
        Normalise(RawAt(threshold, files, scores, profile), files, profile);

    public static double RawAt(double threshold, IReadOnlyList<NabFile> files, IReadOnlyList<double[]> scores, NabProfile profile)
    {
        var score = 0.0;
        foreach (var (at, raw) in Sweep(files, scores, profile))
        {
            if (at < threshold) break;
            score = raw;
        }
        return score;
    }

    public static double Normalise(double raw, IReadOnlyList<NabFile> files, NabProfile profile)
    {
        double windows = files.Sum(f => f.Windows.Length);
        var silence = -windows * profile.FalseNegative;
        return 100 * (raw - silence) / (windows - silence);
    }

    /// <summary>The raw score at each distinct threshold, from silence downwards.</summary>
    private static IEnumerable<(double Threshold, double Raw)> Sweep(IReadOnlyList<NabFile> files, IReadOnlyList<double[]> scores, NabProfile profile)
    {
        var points = new List<(double Score, int Window, double Worth)>();
        var window = 0;
        for (var f = 0; f < files.Count; f++) window = Weigh(files[f], scores[f], profile, window, points);
        points.Sort((a, b) => b.Score.CompareTo(a.Score));

        var found = new double[window];
        var counted = new bool[window];
        foreach (var (_, w, _) in points)
        {
            if (w >= 0) counted[w] = true;
        }
        for (var w = 0; w < window; w++) found[w] = counted[w] ? -profile.FalseNegative : 0;
        var raw = found.Sum();
        var threshold = double.PositiveInfinity;
        foreach (var (score, w, worth) in points)
        {
            if (score != threshold)
            {
                yield return (threshold, raw);
                threshold = score;
            }
            if (w < 0) raw += worth;
            else if (worth > found[w])
            {
                raw += worth - found[w];
                found[w] = worth;
            }
        }
        yield return (threshold, raw);
    }

    private static int Weigh(NabFile file, double[] scores, NabProfile profile, int window, List<(double, int, double)> points)
    {
        var probation = Math.Min((int)Math.Floor(Probation * scores.Length), ProbationCap);
        var next = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            while (next < file.Windows.Length && file.Windows[next].Last < i) next++;
            if (i < probation) continue;
            if (next < file.Windows.Length && file.Windows[next] is var (first, last) && first <= i)
            {
                points.Add((scores[i], window + next, Sigmoid(-(last - i + 1.0) / (last - first + 1.0)) / Sigmoid(-1)));
                continue;
            }
            var past = next == 0 ? 3.0 : (i - file.Windows[next - 1].Last) / Math.Max(file.Windows[next - 1].Last - (double)file.Windows[next - 1].First, 1);
            points.Add((scores[i], -1, profile.FalsePositive * Sigmoid(past)));
        }
        return window + file.Windows.Length;
    }

    private static double Sigmoid(double position) => position >= 3 ? -1 : 2 / (1 + Math.Exp(5 * position)) - 1;
}
