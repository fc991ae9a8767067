using System.CommandLine;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary><c>fleet patch layer</c>: signs the way to an image version.</summary>
internal static class LayerCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var layout = Layouts.Argument();
        var version = Subjects.Version();
        var command = new Command("layer", "Makes and signs a patch that brings instances to an image version; hotfixes in force stay on top.") { layout, version };
        var making = MakePatch.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var (image, tag) = parsed.GetRequiredValue(version);
            var from = Layouts.Open(parsed.GetRequiredValue(layout));
            var contents = await from.Read(tag, cancel);
            if (contents.Image != image) throw CliException.Usage($"the layout's '{tag}' is a version of '{contents.Image}', not of '{image}'");
            return await making.Finish(parsed, surroundings, image, PatchKind.Layer, new VersionTarget(tag, from.Tags()[tag]), swap: null, cancel);
        });
        return command;
    }
}
