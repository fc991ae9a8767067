namespace Fleet.Cli;

/// <summary>Ends the command: what is wrong, what to do about it, and the exit code.</summary>
internal sealed class CliException(int exit, string message, string advice = "", Exception? inner = null) : Exception(message, inner)
{
    public int Exit { get; } = exit;

    /// <summary>What to do; may be empty.</summary>
    public string Advice { get; } = advice;

    public static CliException Usage(string message, string advice = "") => new(Cli.Exit.Usage, message, advice);

    public static CliException File(string path, Exception error) =>
        new(Cli.Exit.Usage, $"can't use '{path}': {error.Message}", inner: error);
}
