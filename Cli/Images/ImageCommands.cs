using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet image show</c>, <c>list</c>, <c>versions</c> and <c>patches</c>.</summary>
internal static class ImageCommands
{
    public static Command Show(Surroundings surroundings) => ShowCommand.Create(
        surroundings, "Shows an image: its versions and its patches.", Subjects.Image(),
        (client, image, cancel) => client.Images.Get(image, cancel), Render);

    public static Command List(Surroundings surroundings) => Lists.Create(
        surroundings, "list", "Lists the images.", [], (client, _, cancel) => client.Images.List(cancel), Images);

    public static Command Versions(Surroundings surroundings)
    {
        var image = Subjects.Image();
        return Lists.Create(
            surroundings, "versions", "Lists the versions of an image in the order of their publication.", [image],
            (client, parsed, cancel) => client.Images.ListVersions(parsed.GetRequiredValue(image), cancel), Versions);
    }

    public static Command Patches(Surroundings surroundings)
    {
        var image = Subjects.Image();
        return Lists.Create(
            surroundings, "patches", "Lists the patches of an image in the order of their publication.", [image],
            (client, parsed, cancel) => client.Images.ListPatches(parsed.GetRequiredValue(image), cancel), Patches);
    }

    public static IRenderable Render(ImageVersion version) => Tables.Facts(
    [
        ("image", version.Image),
        ("version", version.Version),
        ("digest", version.Digest),
        ("components", $"{version.Components.Count}"),
        ("published", Words.At(version.Published)),
    ]);

    private static IRenderable Render(Protocol.V1.Image image) => Tables.Stack(
    [
        Tables.Facts([("image", image.Name)]),
        .. Tables.Section("Versions", Versions(image.Versions)),
        .. Tables.Section("Patches", Patches(image.Patches)),
    ]);

    private static Table Images(IEnumerable<ImageSummary> images)
    {
        var table = Tables.List("image", "versions", "patches");
        foreach (var image in images) table.Row(image.Name, $"{image.Versions}", $"{image.Patches}");
        return table;
    }

    private static Table Versions(IEnumerable<ImageVersion> versions)
    {
        var table = Tables.List("version", "components", "published", "digest", "quarantined");
        foreach (var version in versions)
            table.Row(version.Version, $"{version.Components.Count}", Words.At(version.Published), version.Digest, Quarantine(version.Quarantined, version.QuarantineReason));
        return table;
    }

    private static Table Patches(IEnumerable<Patch> patches)
    {
        var table = Tables.List("patch", "kind", "leads to", "fixes", "expires", "quarantined");
        foreach (var patch in patches)
            table.Row(patch.Id, patch.Kind, PatchView.LeadsTo(patch), Words.Of(string.Join(' ', patch.Fixes)), Words.At(patch.Expires), Quarantine(patch.Quarantined, patch.QuarantineReason));
        return table;
    }

    private static string Quarantine(bool quarantined, string reason) => quarantined ? Words.Of(reason) : Words.None;
}
