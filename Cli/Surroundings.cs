namespace Fleet.Cli;

/// <summary>What the command line meets outside itself, so that a test can stand in for all of it.</summary>
internal sealed record Surroundings
{
    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required Func<string, string?> Environment { get; init; }

    /// <summary>The user's own directory.</summary>
    public required string Home { get; init; }

    /// <summary>Columns of the terminal that reads the output; null when none does.</summary>
    public int? Columns { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Random Chance { get; init; } = Random.Shared;

    /// <summary>No colours for files, pipes and those who ask for none (no-color.org).</summary>
    public bool Colours => Columns is not null && string.IsNullOrEmpty(Environment("NO_COLOR")) && Environment("TERM") != "dumb";

    /// <summary>The directory of the user's settings.</summary>
    public string Settings => Path.Combine(
        Environment("XDG_CONFIG_HOME") is { Length: > 0 } settings ? settings : Path.Combine(Home, ".config"), "fleet");

    public static Surroundings OfProcess() => new()
    {
        In = Console.In,
        Out = Console.Out,
        Error = Console.Error,
        Environment = System.Environment.GetEnvironmentVariable,
        Home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile),
        Columns = Console.IsOutputRedirected ? null : Math.Max(Console.WindowWidth, 60),
    };
}
