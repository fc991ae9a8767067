namespace Fleet.Bench.Engine;

/// <summary>The figures of another run beside those of this one.</summary>
internal static class Reference
{
    /// <summary>Rows with the value that FLEET_BENCH_REFERENCE has for the same name.</summary>
    public static IReadOnlyCollection<Row> Beside(IReadOnlyCollection<Row> rows)
    {
        if (Environment.GetEnvironmentVariable("FLEET_BENCH_REFERENCE") is not { Length: > 0 } file) return rows;
        var others = Rows.Read(File.ReadAllText(file)).ToDictionary(row => row.Name, row => row.Value);
        return [.. rows.Select(row => row with { Reference = others.TryGetValue(row.Name, out var value) ? value : null })];
    }
}
