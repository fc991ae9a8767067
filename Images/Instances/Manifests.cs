using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>Why a patch can't be applied to an instance; the wire form is UPPER_CASE.</summary>
public enum PatchRefusal
{
    None,

    /// <summary>It is for another image.</summary>
    OtherImage,

    /// <summary>A hotfix needs an installed image.</summary>
    NothingInstalled,

    /// <summary>The image has no such component.</summary>
    ComponentAbsent,

    /// <summary>The component's version is neither the one that the hotfix replaces nor an older one.</summary>
    ComponentVersion,

    /// <summary>The instance is already as the patch would make it.</summary>
    AlreadyInForce,
}

/// <summary>What comes of applying a patch: a manifest, or a refusal with its reason.</summary>
public sealed record PatchResult(InstanceManifest? Manifest, PatchRefusal Refusal, string Detail);

/// <summary>As much of an image version as decides which manifest a patch leads to.</summary>
/// <param name="Manifest">Digest of its OCI image manifest.</param>
/// <param name="Components">Version by package URL without version.</param>
public sealed record VersionContents(string Image, string Version, Digest Manifest, ImmutableSortedDictionary<string, string> Components);

/// <summary>Derives the manifest that a patch leads to. Pure, and run by engine and agent alike.</summary>
public static class Manifests
{
    /// <summary>As below, for a version whose contents are at hand.</summary>
    public static PatchResult Apply(InstanceManifest? current, Patch patch, ImageContents image, ImmutableArray<PublishedPort> ports) =>
        Apply(current, patch, new VersionContents(image.Image, image.Version, image.Manifest, image.Components), ports);

    /// <summary>The manifest of an instance after <paramref name="patch"/>.</summary>
    /// <param name="current">What it is now; null when nothing is installed.</param>
    /// <param name="patch">A verified patch.</param>
    /// <param name="image">The version that will run: the target of a layer patch, the installed one for a hotfix.</param>
    /// <param name="ports">Host ports of a first installation; later the current ones stay.</param>
    /// <exception cref="ArgumentException">The image is not the one that will run.</exception>
    public static PatchResult Apply(InstanceManifest? current, Patch patch, VersionContents image, ImmutableArray<PublishedPort> ports)
    {
        if (current is not null && current.Image != patch.Image)
            return Refuse(PatchRefusal.OtherImage, $"the instance runs image '{current.Image}', the patch is for '{patch.Image}'");
        if (patch.Kind == PatchKind.Hotfix && current is null)
            return Refuse(PatchRefusal.NothingInstalled, "a hotfix needs an installed image: apply a layer patch first");

        var runs = patch.Target?.Manifest.Digest ?? current?.ImageDigest;
        if (image.Manifest != runs) throw new ArgumentException($"the image is {image.Manifest}, but {runs} will run", nameof(image));
        if (image.Image != patch.Image)
            return Refuse(PatchRefusal.OtherImage, $"the patch is for image '{patch.Image}', but leads to one of '{image.Image}'");

        return patch.Kind switch
        {
            PatchKind.Layer => Move(current, patch.Target!, image, ports),
            PatchKind.Hotfix => Swap(current!, patch, patch.Swap!, image),
            _ => throw new ArgumentOutOfRangeException(nameof(patch), patch.Kind, "unknown kind of patch"),
        };
    }

    private static PatchResult Move(InstanceManifest? current, VersionTarget target, VersionContents image, ImmutableArray<PublishedPort> ports)
    {
        var next = new InstanceManifest
        {
            Image = image.Image,
            Version = target.Version,
            ImageDigest = target.Manifest.Digest,
            Ports = current?.Ports ?? ports,
            // A hotfix stays in force unless the new version brings the same or a newer component itself, or lost it.
            Hotfixes = current is null ? [] : [.. current.Hotfixes.Where(h =>
                image.Components.TryGetValue(h.Component, out var version) && DebianVersion.Compare(version, h.ToVersion) < 0)],
        };
        return next.Equals(current) ? Refuse(PatchRefusal.AlreadyInForce, $"version {target.Version} is already installed") : Accept(next);
    }

    private static PatchResult Swap(InstanceManifest current, Patch patch, ComponentSwap swap, VersionContents image)
    {
        var installed = current.Hotfixes.LastOrDefault(h => h.Component == swap.Component)?.ToVersion
            ?? image.Components.GetValueOrDefault(swap.Component);
        if (installed is null) return Refuse(PatchRefusal.ComponentAbsent, $"image '{image.Image}' {image.Version} has no component {swap.Component}");
        if (installed == swap.ToVersion) return Refuse(PatchRefusal.AlreadyInForce, $"{swap.Component} is already {installed}");
        if (DebianVersion.Compare(installed, swap.FromVersion) > 0)
            return Refuse(PatchRefusal.ComponentVersion, $"{swap.Component} is {installed}, newer than the {swap.FromVersion} that the hotfix replaces");

        var hotfix = new Hotfix(patch.Id, swap.Component, installed, swap.ToVersion, swap.Layer.Digest);
        return Accept(current with { Hotfixes = [.. current.Hotfixes.Where(h => h.Component != swap.Component), hotfix] });
    }

    private static PatchResult Accept(InstanceManifest manifest) => new(manifest, PatchRefusal.None, "");

    private static PatchResult Refuse(PatchRefusal refusal, string detail) => new(null, refusal, detail);
}
