using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet image show</c>.</summary>
internal static class ImageCommands
{
    public static Command Show(Surroundings surroundings) => ShowCommand.Create(
        surroundings, "Shows an image: its versions and its patches.", Subjects.Image(),
        (client, image, cancel) => client.Images.Get(image, cancel), Render);

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
        .. Tables.Section("Versions", Versions(image)),
        .. Tables.Section("Patches", Patches(image)),
    ]);

    private static Table Versions(Protocol.V1.Image image)
    {
        var table = Tables.List("version", "components", "published", "digest", "quarantined");
        foreach (var version in image.Versions)
            table.Row(version.Version, $"{version.Components.Count}", Words.At(version.Published), version.Digest, Quarantine(version.Quarantined, version.QuarantineReason));
        return table;
    }

    private static Table Patches(Protocol.V1.Image image)
    {
        var table = Tables.List("patch", "kind", "leads to", "fixes", "expires", "quarantined");
        foreach (var patch in image.Patches)
            table.Row(patch.Id, patch.Kind, PatchView.LeadsTo(patch), Words.Of(string.Join(' ', patch.Fixes)), Words.At(patch.Expires), Quarantine(patch.Quarantined, patch.QuarantineReason));
        return table;
    }

    private static string Quarantine(bool quarantined, string reason) => quarantined ? Words.Of(reason) : Words.None;
}
