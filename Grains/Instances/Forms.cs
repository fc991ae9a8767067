using Fleet.Images;

namespace Fleet.Instances;

/// <summary>The same things as contracts say them and as Images says them.</summary>
internal static class Forms
{
    public static InstanceManifest ToImages(this Manifest manifest) => new()
    {
        Image = manifest.Image,
        Version = manifest.Version,
        ImageDigest = Digest.Parse(manifest.ImageDigest),
        Hotfixes = [.. manifest.Hotfixes.Select(h => new Hotfix(h.Patch, h.Component, h.FromVersion, h.ToVersion, Digest.Parse(h.Layer)))],
        Ports = manifest.Ports.ToImages(),
    };

    public static ImmutableArray<PublishedPort> ToImages(this ImmutableArray<PortMapping> ports) =>
        [.. ports.Select(p => new PublishedPort(p.HostPort, p.ServicePort))];

    public static Manifest ToContract(this InstanceManifest manifest) => new()
    {
        Image = manifest.Image,
        Version = manifest.Version,
        ImageDigest = manifest.ImageDigest.ToString(),
        Hotfixes = [.. manifest.Hotfixes.Select(h => new HotfixInForce(h.Patch, h.Component, h.FromVersion, h.ToVersion, h.Layer.ToString()))],
        Ports = [.. manifest.Ports.Select(p => new PortMapping(p.HostPort, p.ServicePort))],
    };

    /// <summary>What decides which manifest a patch leads to.</summary>
    public static VersionContents Contents(this ImageVersionFacts version, string image) => new(
        image, version.Version, Digest.Parse(version.Digest),
        version.Components.Select(PackageUrl.Parse).Where(p => p.Version is not null).DistinctBy(p => p.WithoutVersion().ToString())
            .ToImmutableSortedDictionary(p => p.WithoutVersion().ToString(), p => p.Version!, StringComparer.Ordinal));

    /// <summary>One line for people and for the audit.</summary>
    public static string Line(this Manifest? manifest) => manifest is null
        ? "nothing installed"
        : $"{manifest.Image} {manifest.Version} {manifest.ImageDigest}{string.Concat(manifest.Hotfixes.Select(h => $" +{h.Patch} {h.Layer}"))}";
}
