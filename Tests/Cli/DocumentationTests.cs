using System.Text.RegularExpressions;

namespace Fleet.Cli;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_command_line_on_the_page_can_be_run_as_it_stands()
    {
        using var fleet = new CommandLine();
        var root = FleetCommand.Root(new Surroundings { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Environment = _ => null, Home = fleet.Home });
        var lines = Lines().ToArray();

        Assert.True(lines.Length > 40);
        Assert.All(lines, line => Assert.Empty(root.Parse(line).Errors));
    }

    [Fact]
    public void Every_command_is_on_the_page()
    {
        using var fleet = new CommandLine();
        var root = FleetCommand.Root(new Surroundings { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Environment = _ => null, Home = fleet.Home });
        var shown = Lines().Select(line => root.Parse(line).CommandResult.Command).ToHashSet();

        Assert.Empty(Leaves(root).Where(c => !shown.Contains(c)).Select(c => c.Name));

        static IEnumerable<System.CommandLine.Command> Leaves(System.CommandLine.Command command) =>
            command.Subcommands.Count == 0 || command.Action is not null ? [command, .. command.Subcommands.SelectMany(Leaves)] : command.Subcommands.SelectMany(Leaves);
    }

    [Fact]
    public void Every_exit_code_is_on_the_page()
    {
        var codes = typeof(Exit).GetFields().Where(f => f.IsLiteral && f.FieldType == typeof(int)).Select(f => f.GetRawConstantValue());

        Assert.All(codes, code => Assert.Contains($"\n| {code} | ", Page()));
    }

    // Without what belongs to the shell.
    private static IEnumerable<string> Lines() => Blocks().Matches(Page())
        .SelectMany(block => block.Groups["code"].Value.Split('\n'))
        .Select(line => line.Replace("source <(", "").Replace(" | source", "").TrimEnd(')'))
        .Select(line => { Assert.StartsWith("fleet ", line); return line["fleet ".Length..]; });

    private static string Page()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Fleet.sln"))) at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("the tests run outside the repository");
        return File.ReadAllText(Path.Combine(at, "docs/cli.md")).ReplaceLineEndings("\n");
    }

    [GeneratedRegex("```sh\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
