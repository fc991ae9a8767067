namespace Fleet.Bench;

/// <summary>One area of benchmarks: takes what follows its name on the command line, returns its rows.</summary>
internal delegate Task<IReadOnlyCollection<Row>> Area(string[] arguments);

/// <summary>What can be measured.</summary>
internal static class Areas
{
    public static SortedDictionary<string, Area> All { get; } = new(StringComparer.Ordinal)
    {
    };

    /// <summary>The public data beside the repository; a clear refusal where it isn't.</summary>
    public static string Data(string name)
    {
        var root = Environment.GetEnvironmentVariable("FLEET_DATA") ?? Path.Combine("..", "shared", "data");
        var path = Path.Combine(root, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} isn't there: this benchmark needs the public data; say where it is with FLEET_DATA");
    }
}
