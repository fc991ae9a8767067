using System.CommandLine;

namespace Fleet.Cli;

internal static class PatchCommands
{
    public static Command Show(Surroundings surroundings)
    {
        var patch = Subjects.Patch();
        var command = new Command("show", "Shows a published patch.") { patch };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(patch);
            using var client = connection.Connect(parsed);
            new Printer(parsed, surroundings).Write(await client.Images.GetPatch(name.Image, name.Patch, cancel), PatchView.Render);
            return Exit.Good;
        });
        return command;
    }
}
