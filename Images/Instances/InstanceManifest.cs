using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>
/// What an instance is, or should be: one image version, the hotfixes on top of it, bottom first, and the host ports that
/// lead to it. Engine and agent derive it alike from signed patches: see <see cref="Manifests"/>.
/// </summary>
public sealed record InstanceManifest
{
    public required string Image { get; init; }

    public required string Version { get; init; }

    /// <summary>Digest of the version's OCI image manifest.</summary>
    public required Digest ImageDigest { get; init; }

    public ImmutableArray<Hotfix> Hotfixes { get; init => field = value.IsDefault ? [] : value; } = [];

    public ImmutableArray<PublishedPort> Ports { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Equal by content: arrays compare element by element.</summary>
    public bool Equals(InstanceManifest? other) => other is not null
        && Image == other.Image && Version == other.Version && ImageDigest == other.ImageDigest
        && Hotfixes.SequenceEqual(other.Hotfixes) && Ports.SequenceEqual(other.Ports);

    public override int GetHashCode() => ImageDigest.GetHashCode();
}

/// <summary>A hotfix in force.</summary>
public sealed record Hotfix(string Patch, string Component, string FromVersion, string ToVersion, Digest Layer);

/// <summary>A host port that leads to a named port of the service.</summary>
public sealed record PublishedPort(int HostPort, string ServicePort);
