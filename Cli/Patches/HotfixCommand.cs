using System.CommandLine;
using System.Globalization;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary><c>fleet patch hotfix</c>: makes the small layer of a fixed component and signs the swap.</summary>
internal static class HotfixCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var image = Subjects.ImageOption("The image that it is for.");
        var from = new Option<string>("--from") { Description = "The component's version that it replaces, or the newest of several.", HelpName = "VERSION", Required = true };
        var layout = new Option<string>("--layout") { Description = "Directory that takes the layer; 'fleet patch publish' uploads it from there.", HelpName = "LAYOUT", Required = true };
        var packages = new Argument<string[]>("PACKAGE")
        {
            Description = "Debian package with the fixed component; more of the same source and version may follow and go along.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command("hotfix", "Makes and signs a patch that swaps one component in running instances. SOURCE_DATE_EPOCH fixes the time in the layer.") { packages, image, from, layout };
        var making = MakePatch.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var files = parsed.GetRequiredValue(packages);
            var swap = await Files.Using(files[0], _ => HotfixBuilder.Build(
                new HotfixRecipe { Packages = [.. files], FromVersion = parsed.GetRequiredValue(from), Created = Created(surroundings) },
                new OciLayout(parsed.GetRequiredValue(layout)).Content,
                cancel));
            return await making.Finish(parsed, surroundings, parsed.GetRequiredValue(image), PatchKind.Hotfix, target: null, swap, cancel);
        });
        return command;
    }

    // See reproducible-builds.org: the same packages then give the same layer on every day.
    private static DateTimeOffset Created(Surroundings surroundings) =>
        long.TryParse(surroundings.Environment("SOURCE_DATE_EPOCH"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.FromUnixTimeSeconds(surroundings.Time.GetUtcNow().ToUnixTimeSeconds());
}
