using Fleet.Images;

namespace Fleet.Gateway.Api;

/// <summary>Images, in the words of the contract.</summary>
internal static partial class Wires
{
    public static Wire.Image Of(ImageView view)
    {
        var image = new Wire.Image { Name = view.Name };
        image.Versions.AddRange(Versions(view));
        image.Patches.AddRange(view.Patches.Select(Of));
        return image;
    }

    /// <summary>The versions with what patches say of them: whoever quarantines a patch means the version that it leads to.</summary>
    public static IEnumerable<Wire.ImageVersion> Versions(ImageView view)
    {
        var bad = view.Patches.Where(p => p.Quarantined && p.Version.Length > 0).ToLookup(p => p.Version, p => p.QuarantineReason);
        return view.Versions.Select(v => Of(view.Name, v, bad[v.Version].FirstOrDefault()));
    }

    /// <param name="quarantined">Why it is not offered again; null when it may be.</param>
    public static Wire.ImageVersion Of(string image, ImageVersionFacts facts, string? quarantined = null)
    {
        var version = new Wire.ImageVersion
        {
            Image = image,
            Version = facts.Version,
            Digest = facts.Digest,
            Published = Of(facts.Published),
            Quarantined = quarantined is not null,
            QuarantineReason = quarantined ?? "",
        };
        version.Components.AddRange(facts.Components);
        return version;
    }

    public static Wire.Patch Of(PatchView view)
    {
        var patch = new Wire.Patch
        {
            Id = view.Id,
            Image = view.Image,
            Kind = view.Kind,
            Version = view.Version,
            Component = view.Component,
            FromVersion = view.FromVersion,
            ToVersion = view.ToVersion,
            Issued = Of(view.Issued),
            Expires = Of(view.Expires),
            PublisherKey = view.PublisherKey,
            Quarantined = view.Quarantined,
            QuarantineReason = view.QuarantineReason,
        };
        patch.Fixes.AddRange(view.Fixes);
        return patch;
    }

    public static Wire.ImageSummary Summary(ImageView view) => new() { Name = view.Name, Versions = (uint)view.Versions.Length, Patches = (uint)view.Patches.Length };
}
