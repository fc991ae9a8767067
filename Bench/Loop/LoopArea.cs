using System.Globalization;

namespace Fleet.Bench.Loop;

/// <summary>The whole loop with many agents: real engine, real mutual TLS streams on loopback, and devices that take 100 ms for a change.</summary>
internal static class LoopArea
{
    private static readonly int[] Sizes = [1000, 5000];

    /// <summary><c>--agents N,N</c> chooses the sizes, <c>--runs N</c> how often each is measured: the median counts.</summary>
    public static async Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        string? Value(string name) => Array.IndexOf(arguments, name) is var at and >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
        var sizes = Value("--agents")?.Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture)).ToArray() ?? Sizes;
        var runs = int.Parse(Value("--runs") ?? "1", CultureInfo.InvariantCulture);

        var rows = new List<Row>();
        foreach (var size in sizes)
        {
            var tries = new List<Row>();
            for (var run = 0; run < runs; run++)
            {
                await using var trial = new Trial(size);
                tries.AddRange(await trial.Run());
            }

            rows.AddRange(tries.GroupBy(row => row.Name).Select(same => same.OrderBy(row => row.Value).ElementAt(same.Count() / 2)));
        }

        return rows;
    }
}
