using System.CommandLine;
using Fleet.Client;
using Google.Protobuf;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>A command that asks for one thing and shows it.</summary>
internal static class ShowCommand
{
    public static Command Create<TName, TThing>(
        Surroundings surroundings,
        string description,
        Argument<TName> subject,
        Func<FleetClient, TName, CancellationToken, Task<TThing>> ask,
        Func<TThing, IRenderable> table) where TThing : IMessage
    {
        var command = new Command("show", description) { subject };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            new Printer(parsed, surroundings).Write(await ask(client, parsed.GetRequiredValue(subject), cancel), table);
            return Exit.Good;
        });
        return command;
    }
}
