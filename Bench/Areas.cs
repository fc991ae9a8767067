namespace Fleet.Bench;

/// <summary>One area of benchmarks: takes what follows its name on the command line, returns its rows.</summary>
internal delegate Task<IReadOnlyCollection<Row>> Area(string[] arguments);

/// <summary>What can be measured.</summary>
internal static class Areas
{
    public static SortedDictionary<string, Area> All { get; } = new(StringComparer.Ordinal)
    {
        ["agent"] = Device.AgentArea.Run,
        ["detection"] = Models.DetectionArea.Run,
        ["engine"] = Engine.EngineArea.Run,
        ["forecast"] = Models.ForecastArea.Run,
        ["loop"] = Loop.LoopArea.Run,
        ["models"] = Models.ModelsArea.Run,
        ["multivariate"] = Models.MultivariateArea.Run,
#if EMBEDDED
        ["simulation"] = Simulation.SimulationArea.Run,
#endif
        ["storage"] = Storage.StorageArea.Run,
    };

    /// <summary>The public data beside the repository; a clear refusal where it isn't.</summary>
    public static string Data(string name) => FindData(name)
        ?? throw new FileNotFoundException($"shared/data/{name} isn't beside the repository: this benchmark needs the public data; say where it is with FLEET_DATA");

    /// <summary>The public data where FLEET_DATA says, or in shared/data beside the repository or further up; null where it isn't.</summary>
    public static string? FindData(string name)
    {
        if (Environment.GetEnvironmentVariable("FLEET_DATA") is { } root) return Existing(Path.Combine(root, name));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "data", name)) is { } path) return path;
        }
        return null;
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
