using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>A patch, for people.</summary>
internal static class PatchView
{
    public static IRenderable Render(Patch patch) => Tables.Facts(Facts(patch));

    /// <summary>A patch that was signed or verified here, in the form in which the engine would show it.</summary>
    public static Patch Of(Images.Patch patch, string key) => new()
    {
        Id = patch.Id,
        Image = patch.Image,
        Kind = patch.Kind is Images.PatchKind.Hotfix ? "hotfix" : "layer",
        Version = patch.Target?.Version ?? "",
        Component = patch.Swap?.Component ?? "",
        FromVersion = patch.Swap?.FromVersion ?? "",
        ToVersion = patch.Swap?.ToVersion ?? "",
        Fixes = { patch.Fixes },
        Issued = patch.Issued.ToTimestamp(),
        Expires = patch.Expires.ToTimestamp(),
        PublisherKey = key,
    };

    public static string LeadsTo(Patch patch) => patch.Component.Length > 0 ? $"{patch.Component} {patch.FromVersion} → {patch.ToVersion}" : patch.Version;

    private static IEnumerable<(string, string)> Facts(Patch patch)
    {
        yield return ("patch", $"{patch.Image}/{patch.Id}");
        yield return ("kind", patch.Kind);
        yield return ("leads to", LeadsTo(patch));
        if (patch.Fixes.Count > 0) yield return ("fixes", string.Join(' ', patch.Fixes));
        yield return ("issued", Words.At(patch.Issued));
        yield return ("expires", Words.At(patch.Expires));
        yield return ("signed by", patch.PublisherKey);
        if (patch.Quarantined) yield return ("quarantined", Words.Of(patch.QuarantineReason));
    }
}
