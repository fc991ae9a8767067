using Fleet.Protocol.V1;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>A patch, for people.</summary>
internal static class PatchView
{
    public static IRenderable Render(Patch patch) => Tables.Facts(Facts(patch));

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
