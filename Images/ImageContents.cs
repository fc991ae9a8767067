using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>What an image version holds, read from its OCI manifest, configuration and SBOM.</summary>
public sealed record ImageContents
{
    public required string Image { get; init; }

    public required string Version { get; init; }

    public required Digest Manifest { get; init; }

    /// <summary>Bottom first.</summary>
    public required ImmutableArray<Descriptor> Layers { get; init; }

    public required ServiceDefinition Service { get; init; }

    /// <summary>Version by package URL without version, from the SBOM.</summary>
    public required ImmutableSortedDictionary<string, string> Components { get; init; }
}
