using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.Globalization;

namespace Fleet.Cli;

/// <summary>Answers a shell that asks how a line could go on: a word on each line.</summary>
internal sealed class Suggestions(SuggestDirective directive) : SynchronousCommandLineAction
{
    // The line that is completed is an argument here, and no command knows it.
    public override bool ClearsParseErrors => true;

    public static void Attach(RootCommand root)
    {
        foreach (var directive in root.Directives.OfType<SuggestDirective>()) directive.Action = new Suggestions(directive);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var line = parseResult.Tokens.LastOrDefault(t => t.Type != System.CommandLine.Parsing.TokenType.Directive)?.Value ?? "";
        var at = int.TryParse(parseResult.GetResult(directive)?.Values.SingleOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? Math.Min(given, line.Length) : line.Length;
        var parsed = parseResult.RootCommandResult.Command.Parse(line);
        // Options come when their dashes do: before that, names, words and files are what is looked for.
        var options = at > 0 && line[..at].Split(' ')[^1].StartsWith('-');
        foreach (var item in parsed.GetCompletions(at).Where(i => options || !i.Label.StartsWith('-')))
            parseResult.InvocationConfiguration.Output.WriteLine(item.InsertText ?? item.Label);
        return Exit.Good;
    }
}
