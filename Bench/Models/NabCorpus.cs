using System.Globalization;
using System.Text.Json;

namespace Fleet.Bench.Models;

/// <summary>One series of the Numenta Anomaly Benchmark with its labelled windows as index ranges, ends included.</summary>
internal sealed record NabFile(string Name, DateTime[] Times, double[] Values, (int First, int Last)[] Windows);

/// <summary>The Numenta Anomaly Benchmark: 58 series with 116 labelled windows, and what others scored on it.</summary>
/// <remarks>Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms", ICMLA 2015.</remarks>
internal sealed record NabCorpus(NabFile[] Files, Dictionary<string, Dictionary<string, double>> Published)
{
    public static NabCorpus Load(string path)
    {
        var texts = TarText.Load(path, name => name.EndsWith(".csv", StringComparison.Ordinal) && name.StartsWith("data/", StringComparison.Ordinal)
            || name is "labels/combined_windows.json" or "results/final_results.json");
        var windows = JsonSerializer.Deserialize<Dictionary<string, string[][]>>(texts["labels/combined_windows.json"])!;
        var files = texts.Where(t => t.Key.StartsWith("data/", StringComparison.Ordinal)).OrderBy(t => t.Key, StringComparer.Ordinal)
            .Select(t => Parse(t.Key["data/".Length..], t.Value, windows[t.Key["data/".Length..]]));
        return new([.. files], JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, double>>>(texts["results/final_results.json"])!);
    }

    private static NabFile Parse(string name, string csv, string[][] windows)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var (times, values) = (new DateTime[lines.Length - 1], new double[lines.Length - 1]);
        for (var i = 1; i < lines.Length; i++)
        {
            var comma = lines[i].IndexOf(',', StringComparison.Ordinal);
            times[i - 1] = Time(lines[i][..comma]);
            values[i - 1] = double.Parse(lines[i].AsSpan(comma + 1), CultureInfo.InvariantCulture);
        }
        return new(name, times, values, [.. windows.Select(w => (Array.IndexOf(times, Time(w[0])), Array.IndexOf(times, Time(w[1]))))]);
    }

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture);
}
