using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>Writes results to standard output, as tables or as JSON, and nothing else.</summary>
internal sealed class Printer
{
    // Fields at their default are written too: who reads a JSON answer by program should not have to know the defaults.
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private readonly TextWriter _out;
    private readonly IAnsiConsole _console;

    public Printer(ParseResult parsed, Surroundings surroundings)
    {
        IsJson = parsed.GetValue(OutputForm.Option) == OutputKind.Json;
        _out = surroundings.Out;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(_out),
            Ansi = surroundings.Colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = surroundings.Colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        // Nobody wants lines broken in a file.
        _console.Profile.Width = surroundings.Columns ?? 10_000;
    }

    public bool IsJson { get; }

    /// <summary>Writes one thing of the contract.</summary>
    public void Write<T>(T message, Func<T, IRenderable> table) where T : IMessage
    {
        if (IsJson) Line(Json.Format(message));
        else Render(table(message));
    }

    /// <summary>Writes one thing that the contract has no message for.</summary>
    public void Write<T>(T record, JsonTypeInfo<T> json, Func<T, IRenderable> table)
    {
        if (IsJson) Line(JsonSerializer.Serialize(record, json));
        else Render(table(record));
    }

    /// <summary>A line for people, as something happens.</summary>
    public void Tell(IRenderable line)
    {
        if (IsJson) return;
        Render(line);
    }

    /// <summary>Shows one picture after the other in the same place of the terminal, as the act draws them; then the place is empty again.</summary>
    public async Task<T> Live<T>(Func<Action<IRenderable>, Task<T>> act) => await _console.Live(new Text("")).AutoClear(true).StartAsync(context => act(picture =>
    {
        context.UpdateTarget(picture);
        _out.Flush();
    }));

    private void Render(IRenderable renderable)
    {
        _console.Write(renderable);
        _out.Flush();
    }

    private void Line(string json)
    {
        _out.WriteLine(json);
        _out.Flush();
    }
}
