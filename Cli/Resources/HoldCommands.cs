using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet resource list</c>, <c>hold</c> and <c>release</c>.</summary>
internal static class HoldCommands
{
    public static Command List(Surroundings surroundings) => Lists.Create(
        surroundings, "list", "Lists the devices.", [], (client, _, cancel) => client.Resources.List(cancel), Rows);

    public static Command Hold(Surroundings surroundings)
    {
        var resource = Subjects.Resource();
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the audit.", HelpName = "TEXT" };
        var validFor = Durations.Option("--valid-for", "When the instances go free by themselves. Default 1h, at most 7d.");
        var id = new Option<string?>("--id") { Description = "Your own id for the hold: asked again under the same id, there is still one.", HelpName = "ID" };
        id.Validators.Add(result => Subjects.CheckId(result, "a hold"));
        var command = new Command("hold", "Takes all instances of a device, so that nothing else changes them; those that are being changed follow when that has ended.")
        {
            resource, reason, validFor, id,
        };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var hold = await client.Resources.Hold(
                parsed.GetRequiredValue(resource), parsed.GetValue(reason) ?? "", parsed.GetValue(validFor), parsed.GetValue(id), cancel);
            new Printer(parsed, surroundings).Write(hold, Render);
            return Exit.Good;
        });
        return command;
    }

    public static Command Release(Surroundings surroundings)
    {
        var resource = Subjects.Resource();
        var hold = new Argument<string?>("HOLD") { Description = "The hold, by its id. Default: the one that has the device now.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("release", "Gives the instances of a device free again.") { resource, hold };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(resource);
            using var client = connection.Connect(parsed);
            var id = parsed.GetValue(hold) ?? (await client.Resources.GetHold(name, cancel)).Hold;
            if (id.Length == 0) throw new CliException(Exit.NotFound, $"nobody holds '{name}'");
            new Printer(parsed, surroundings).Write(await client.Resources.Release(name, id, cancel), Render);
            return Exit.Good;
        });
        return command;
    }

    private static IRenderable Render(ResourceHold hold) => Tables.Facts(
    [
        ("resource", hold.Resource),
        ("hold", Words.Of(hold.Hold)),
        ("phase", Words.Of(hold.Phase)),
        .. hold.Detail.Length > 0 ? [("detail", hold.Detail)] : Array.Empty<(string, string)>(),
        ("reason", Words.Of(hold.Reason)),
        ("since", $"{Words.At(hold.Since)} by {Words.Of(hold.By)}"),
        ("until", Words.At(hold.Until)),
        ("instances", Words.Of(string.Join(' ', hold.Instances))),
    ]);

    private static Table Rows(IEnumerable<ResourceSummary> resources)
    {
        var table = Tables.List("resource", "connected", "last seen", "agent", "instances");
        foreach (var one in resources)
            table.Row(one.Name, Words.Of(one.Connected), Words.At(one.LastSeen), Words.Of(one.AgentVersion), Words.Of(string.Join(' ', one.Instances)));
        return table;
    }
}
