using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet patch publish</c>: gives a signed patch to the engine, and the layer of a hotfix to its registry.</summary>
internal static class PublishCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "The signed envelope." };
        var layout = new Option<string?>("--layout") { Description = "With a hotfix: the layout that has its layer, to upload it from. Not needed when the registry has it.", HelpName = "LAYOUT" };
        var command = new Command("publish", "Makes a signed patch known to the engine. Safe to repeat.") { file, layout };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var envelope = await Files.Read(parsed.GetRequiredValue(file), cancel);
            var outline = PatchOutline.Read(envelope) ?? throw CliException.Usage($"'{parsed.GetRequiredValue(file)}' is no signed patch");
            using var client = connection.Connect(parsed);
            if (parsed.GetValue(layout) is { } directory && outline.Layer is { } layer)
                await client.Push(outline.Image, layer, Layouts.Open(directory).Content, cancel);
            new Printer(parsed, surroundings).Write(await client.Images.PublishPatch(outline.Image, envelope, cancel), PatchView.Render);
            return Exit.Good;
        });
        return command;
    }
}
