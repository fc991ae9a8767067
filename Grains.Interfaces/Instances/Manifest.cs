using System.Collections.Immutable;

namespace Fleet.Instances;

/// <summary>What an instance is, or should be: an image version, the hotfixes on it, bottom first, and its host ports.</summary>
[GenerateSerializer, Immutable, Alias("fleet.manifest")]
public sealed record Manifest
{
    [Id(0)] public required string Image { get; init; }
    [Id(1)] public required string Version { get; init; }

    /// <summary>Digest of the version's OCI image manifest, <c>sha256:…</c>.</summary>
    [Id(2)] public required string ImageDigest { get; init; }
    [Id(3)] public ImmutableArray<HotfixInForce> Hotfixes { get; init; } = [];
    [Id(4)] public ImmutableArray<PortMapping> Ports { get; init; } = [];

    /// <summary>Equal by content: arrays compare element by element.</summary>
    public bool Equals(Manifest? other) => other is not null
        && Image == other.Image && Version == other.Version && ImageDigest == other.ImageDigest
        && Hotfixes.SequenceEqual(other.Hotfixes) && Ports.SequenceEqual(other.Ports);

    public override int GetHashCode() => Hotfixes.Length;
}

[GenerateSerializer, Immutable, Alias("fleet.hotfix-in-force")]
public sealed record HotfixInForce(
    [property: Id(0)] string Patch,
    [property: Id(1)] string Component,
    [property: Id(2)] string FromVersion,
    [property: Id(3)] string ToVersion,
    [property: Id(4)] string Layer);

[GenerateSerializer, Immutable, Alias("fleet.port-mapping")]
public sealed record PortMapping([property: Id(0)] int HostPort, [property: Id(1)] string ServicePort);
