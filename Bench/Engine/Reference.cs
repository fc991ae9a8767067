namespace Fleet.Bench.Engine;

/// <summary>The figures of another run beside those of this one.</summary>
internal static class Reference
{
    /// <summary>Rows with the value that FLEET_BENCH_REFERENCE has for the same name, measured in the same run; FLEET_BENCH_REFERENCE_IS says on what.</summary>
    public static IReadOnlyCollection<Row> Beside(IReadOnlyCollection<Row> rows)
    {
        if (Environment.GetEnvironmentVariable("FLEET_BENCH_REFERENCE") is not { Length: > 0 } file) return rows;
        var others = Rows.Read(File.ReadAllText(file)).ToDictionary(row => row.Name, row => row.Value);
        // A figure beside another one must say whose it is.
        var whose = Environment.GetEnvironmentVariable("FLEET_BENCH_REFERENCE_IS") ?? "another engine";
        return [.. rows.Select(row => others.TryGetValue(row.Name, out var value) ? row with { Reference = value, Name = $"{row.Name} (reference: {whose})" } : row)];
    }
}
