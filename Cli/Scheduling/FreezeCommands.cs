using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet freeze</c>: stops the line, for the whole fleet or a part of it.</summary>
internal static class FreezeCommands
{
    public static Command Create(Surroundings surroundings) => new("freeze", "Freezes: while one holds, nothing new is dispatched.")
    {
        New(surroundings), Lift(surroundings), List(surroundings),
    };

    private static Command New(Surroundings surroundings)
    {
        var select = Labels.Option("Only instances with this label. May be repeated: then all must be there. Default: the whole fleet.");
        var reason = Reason();
        var validFor = Durations.Option("--valid-for", "How long it holds unless it is lifted. Default 24h, at most 90d.");
        var id = new Option<string?>("--id") { Description = "Your own id for the freeze: asked again under the same id, there is still one.", HelpName = "ID" };
        id.Validators.Add(result => Subjects.CheckId(result, "a freeze"));
        var command = new Command("create", "Stops the line: nothing new is dispatched, at the latest 2 s later; changes in flight go on.") { select, reason, validFor, id };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var freeze = await client.Scheduling.CreateFreeze(
                parsed.GetValue(reason) ?? "", parsed.GetValue(select), parsed.GetValue(validFor), parsed.GetValue(id), cancel);
            new Printer(parsed, surroundings).Write(freeze, Render);
            return Exit.Good;
        });
        return command;
    }

    private static Command Lift(Surroundings surroundings)
    {
        var freeze = Subjects.Freeze();
        var reason = Reason();
        var command = new Command("lift", "Ends a freeze.") { freeze, reason };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            new Printer(parsed, surroundings).Write(await client.Scheduling.LiftFreeze(parsed.GetRequiredValue(freeze), parsed.GetValue(reason) ?? "", cancel), Render);
            return Exit.Good;
        });
        return command;
    }

    private static Command List(Surroundings surroundings)
    {
        var active = new Option<bool>("--active") { Description = "Only those that hold now." };
        return Lists.Create(
            surroundings, "list", "Lists freezes, those of the last week that were lifted or ran out too.", [active],
            (client, parsed, cancel) => client.Scheduling.ListFreezes(parsed.GetValue(active), cancel), Rows);
    }

    private static Option<string?> Reason() => new("--reason") { Description = "Why; it goes into the audit, and what waits shows it.", HelpName = "TEXT" };

    private static string Where(Freeze freeze) => freeze.Labels.Count == 0 ? "the whole fleet" : Labels.Write(freeze.Labels);

    private static IRenderable Render(Freeze freeze) => Tables.Facts(
    [
        ("freeze", freeze.Id),
        ("holds", Where(freeze)),
        ("reason", Words.Of(freeze.Reason)),
        ("since", $"{Words.At(freeze.Since)} by {Words.Of(freeze.By)}"),
        ("until", Words.At(freeze.Until)),
        .. freeze.Lifted is { } lifted ? [("lifted", $"{Words.At(lifted)} by {Words.Of(freeze.LiftedBy)}")] : Array.Empty<(string, string)>(),
    ]);

    private static Table Rows(IEnumerable<Freeze> freezes)
    {
        var table = Tables.List("freeze", "holds", "since", "by", "until", "lifted", "reason");
        foreach (var freeze in freezes)
            table.Row(freeze.Id, Where(freeze), Words.At(freeze.Since), Words.Of(freeze.By), Words.At(freeze.Until), Words.At(freeze.Lifted), Words.Of(freeze.Reason));
        return table;
    }
}
