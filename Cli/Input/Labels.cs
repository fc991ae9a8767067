using System.CommandLine;
using System.CommandLine.Parsing;

namespace Fleet.Cli;

/// <summary>Labels as people write them: <c>app=shop</c>.</summary>
internal static class Labels
{
    public static Option<Dictionary<string, string>> Option(string description)
    {
        var option = new Option<Dictionary<string, string>>("--select")
        {
            Description = description,
            HelpName = "KEY=VALUE",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = Parse,
        };
        return option;
    }

    public static string Write(IEnumerable<KeyValuePair<string, string>> labels) => string.Join(' ', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    private static Dictionary<string, string> Parse(ArgumentResult result)
    {
        var labels = new Dictionary<string, string>();
        foreach (var token in result.Tokens)
        {
            if (Split(token.Value) is not var (key, value)) result.AddError($"'{token.Value}' is no label: expected KEY=VALUE, e.g. app=shop");
            else if (!labels.TryAdd(key, value)) result.AddError($"label '{key}' is given twice");
        }
        return labels;
    }

    /// <summary>Null when it is none.</summary>
    public static (string Key, string Value)? Split(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (text[..at], text[(at + 1)..]) : null;
}
