using System.CommandLine;
using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet patch quarantine</c> and <c>lift</c>.</summary>
internal static class QuarantineCommands
{
    private delegate Task<Patch> Ask(FleetImages images, PatchName name, string reason, CancellationToken cancel);

    public static Command Quarantine(Surroundings surroundings) => Create(
        surroundings, "quarantine", "Keeps automation from offering a patch, and the version that it leads to.", required: true,
        (images, name, reason, cancel) => images.Quarantine(name.Image, name.Patch, reason, cancel));

    public static Command Lift(Surroundings surroundings) => Create(
        surroundings, "lift", "Ends the quarantine of a patch: it may be offered again.", required: false,
        (images, name, reason, cancel) => images.LiftQuarantine(name.Image, name.Patch, reason, cancel));

    private static Command Create(Surroundings surroundings, string verb, string description, bool required, Ask ask)
    {
        var patch = Subjects.Patch();
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the audit.", HelpName = "TEXT", Required = required };
        var command = new Command(verb, description) { patch, reason };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var now = await ask(client.Images, parsed.GetRequiredValue(patch), parsed.GetValue(reason) ?? "", cancel);
            new Printer(parsed, surroundings).Write(now, PatchView.Render);
            return Exit.Good;
        });
        return command;
    }
}
