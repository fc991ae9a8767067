using System.CommandLine;
using Fleet.Client;
using Google.Protobuf;
using Spectre.Console;

namespace Fleet.Cli;

/// <summary>Shows collections whole: page after page for people, one object on each line for programs.</summary>
internal static class Lists
{
    // The columns of a table are as wide as its widest cells, so a table needs its rows at hand.
    private const int RowsAtOnce = 200;

    /// <summary>A command that asks for a collection and shows all of it.</summary>
    public static Command Create<T>(
        Surroundings surroundings,
        string name,
        string description,
        IEnumerable<Symbol> takes,
        Func<FleetClient, ParseResult, CancellationToken, IAsyncEnumerable<T>> ask,
        Func<IEnumerable<T>, Table> table) where T : IMessage
    {
        var command = new Command(name, description);
        foreach (var symbol in takes)
        {
            if (symbol is Argument argument) command.Add(argument);
            else command.Add((Option)symbol);
        }
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            await Show(new Printer(parsed, surroundings), ask(client, parsed, cancel), table, cancel);
            return Exit.Good;
        });
        return command;
    }

    /// <summary>Shows all of them; for people, that there are none is one word.</summary>
    public static async Task Show<T>(Printer printer, IAsyncEnumerable<T> all, Func<IEnumerable<T>, Table> table, CancellationToken cancel) where T : IMessage
    {
        var any = false;
        await foreach (var some in all.Chunk(printer.IsJson ? 1 : RowsAtOnce).WithCancellation(cancel))
        {
            any = true;
            if (printer.IsJson) printer.Write(some[0], _ => table(some));
            else printer.Tell(table(some));
        }
        if (!any) printer.Tell(Tables.Line("none"));
    }
}
