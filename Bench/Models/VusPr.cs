namespace Fleet.Bench.Models;

/// <summary>Volume under the surface of range precision and recall: alarms near a labelled range count in part, for every tolerance from nothing to the period.</summary>
/// <remarks>Paparrizos et al., "Volume Under the Surface: A New Accuracy Evaluation Measure for Time-Series Anomaly Detection", PVLDB 15(11), 2022; buffers, 250 thresholds and the halved mass of positives as in TSB-AD.</remarks>
internal static class VusPr
{
    private const int Thresholds = 250;

    /// <summary>The figure for scores against labels; the window is the period of the series.</summary>
    public static double Score(bool[] labels, double[] scores, int window)
    {
        var ranges = Ranges(labels);
        if (ranges.Count == 0) return double.NaN;

        var (rank, predicted) = Rank(scores);
        var sum = 0.0;
        for (var width = 0; width <= window; width++) sum += AveragePrecision(labels, ranges, rank, predicted, width);
        return sum / (window + 1);
    }

    /// <summary>The highest local maximum of the autocorrelation up to a lag of 400: the period; 125 where there is none.</summary>
    public static int Period(ReadOnlySpan<double> series)
    {
        const int Shortest = 3, Longest = 400, Default = 125;
        series = series[..Math.Min(20_000, series.Length)];
        var mean = 0.0;
        foreach (var v in series) mean += v / series.Length;
        var correlation = new double[Longest + 1];
        for (var lag = Shortest; lag <= Longest && lag < series.Length; lag++)
        {
            for (var i = lag; i < series.Length; i++) correlation[lag] += (series[i] - mean) * (series[i - lag] - mean);
        }
        var best = 0;
        for (var lag = Shortest + 1; lag < Longest; lag++)
        {
            var peak = correlation[lag] > correlation[lag - 1] && correlation[lag] > correlation[lag + 1];
            if (peak && (best == 0 || correlation[lag] > correlation[best])) best = lag;
        }
        return best - Shortest is < 3 or > 300 ? Default : best;
    }

    private static double AveragePrecision(bool[] labels, List<(int First, int Last)> ranges, int[] rank, int[] predicted, int width)
    {
        var half = width / 2;
        var positives = ranges.Sum(r => r.Last - r.First + 1);
        var (weighted, inside, first) = (new double[Thresholds], new double[Thresholds], new int[Thresholds]);

        // What of the buffers is found first at each threshold; buffers that meet are one range.
        var merged = Merge(labels.Length, ranges, half);
        foreach (var (from, to) in merged)
        {
            var earliest = Thresholds;
            for (var i = from; i <= to; i++)
            {
                var weight = labels[i] ? 1 : Math.Min(1, Buffer(i, ranges, half, width));
                weighted[rank[i]] += weight;
                if (labels[i]) inside[rank[i]]++;
                earliest = Math.Min(earliest, rank[i]);
            }
            if (earliest < Thresholds) first[earliest]++;
        }

        var (area, before, truePositives, hits, existing) = (0.0, 0.0, 0.0, 0.0, 0);
        for (var k = 0; k < Thresholds; k++)
        {
            (truePositives, hits, existing) = (truePositives + weighted[k], hits + inside[k], existing + first[k]);
            var mass = (positives + positives + truePositives - hits) / 2;
            var recall = Math.Min(truePositives / mass, 1) * existing / merged.Count;
            area += (recall - before) * truePositives / predicted[k];
            before = recall;
        }
        return area;
    }

    private static double Buffer(int at, List<(int First, int Last)> ranges, int half, int width)
    {
        var weight = 0.0;
        foreach (var (first, last) in ranges)
        {
            if (at > last && at - last <= half) weight += Math.Sqrt(1 - (at - last) / (double)width);
            if (at < first && first - at <= half) weight += Math.Sqrt(1 - (first - at) / (double)width);
        }
        return weight;
    }

    private static List<(int First, int Last)> Merge(int length, List<(int First, int Last)> ranges, int half)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var (first, last) in ranges)
        {
            var (from, to) = (Math.Max(first - half, 0), Math.Min(last + half, length - 1));
            if (merged.Count > 0 && merged[^1].Last >= from) merged[^1] = (merged[^1].First, to);
            else merged.Add((from, to));
        }
        return merged;
    }

    /// <summary>For each point the first threshold that predicts it, and how many points each threshold predicts.</summary>
    private static (int[] Rank, int[] Predicted) Rank(double[] scores)
    {
        var sorted = (double[])scores.Clone();
        Array.Sort(sorted);
        Array.Reverse(sorted);
        var thresholds = new double[Thresholds];
        for (var k = 0; k < Thresholds; k++) thresholds[k] = sorted[(int)(k * (scores.Length - 1.0) / (Thresholds - 1))];

        var rank = new int[scores.Length];
        var predicted = new int[Thresholds];
        for (var i = 0; i < scores.Length; i++)
        {
            var (low, high) = (0, Thresholds - 1);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (scores[i] >= thresholds[middle]) high = middle;
                else low = middle + 1;
            }
            rank[i] = low;
            predicted[low]++;
        }
        for (var k = 1; k < Thresholds; k++) predicted[k] += predicted[k - 1];
        return (rank, predicted);
    }

    private static List<(int First, int Last)> Ranges(bool[] labels)
    {
        var ranges = new List<(int, int)>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (!labels[i]) continue;
            var first = i;
            while (i + 1 < labels.Length && labels[i + 1]) i++;
            ranges.Add((first, i));
        }
        return ranges;
    }
}
