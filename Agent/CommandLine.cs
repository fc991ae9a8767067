namespace Fleet.Agent;

/// <summary>A command and its options, each <c>--name value</c>; an option may come several times. Parsed by hand: the agent must stay small.</summary>
/// <param name="Command">The first word.</param>
/// <param name="Options">Values by name, in the order given.</param>
internal sealed record CommandLine(string Command, IReadOnlyDictionary<string, IReadOnlyList<string>> Options)
{
    /// <summary>Reads the arguments, the command first; null with a reason when they can't be meant.</summary>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, out string problem)
    {
        problem = "";
        var options = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        for (var i = 1; i < arguments.Count; i++)
        {
            var (name, value) = Split(arguments[i]);
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                problem = $"unexpected '{name}'";
                return null;
            }

            if (value is null)
            {
                if (++i == arguments.Count)
                {
                    problem = $"{name} needs a value";
                    return null;
                }

                value = arguments[i];
            }

            options[name] = [.. options.GetValueOrDefault(name, []), value];
        }

        return new(arguments.Count > 0 ? arguments[0] : "", options);
    }

    /// <summary>The last value of an option; null when it wasn't given.</summary>
    public string? this[string option] => Options.TryGetValue(option, out var values) ? values[^1] : null;

    /// <summary>All values of an option.</summary>
    public IReadOnlyList<string> All(string option) => Options.GetValueOrDefault(option, []);

    /// <summary>An option that is not among these; null when there is none.</summary>
    public string? Unknown(params ReadOnlySpan<string> known)
    {
        foreach (var option in Options.Keys)
            if (!known.Contains(option)) return option;
        return null;
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return argument.StartsWith("--", StringComparison.Ordinal) && equals > 0 ? (argument[..equals], argument[(equals + 1)..]) : (argument, null);
    }
}
