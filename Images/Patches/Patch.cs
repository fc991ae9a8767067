using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fleet.Images;

[JsonConverter(typeof(JsonStringEnumConverter<PatchKind>))]
public enum PatchKind
{
    /// <summary>Brings an instance to an image version; hotfixes in force stay on top.</summary>
    [JsonStringEnumMemberName("layer")]
    Layer,

    /// <summary>Swaps one component: a small layer on top of whatever version runs.</summary>
    [JsonStringEnumMemberName("hotfix")]
    Hotfix,
}

/// <summary>What a publisher signs: the payload of a <see cref="SignedPatch"/>. Schema 1.</summary>
public sealed record Patch
{
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>Unique within the image: lower-case letters, digits, '.', '-', '_', '+' and '~'.</summary>
    public required string Id { get; init; }

    public required PatchKind Kind { get; init; }

    /// <summary>Name of the image lineage it is for.</summary>
    public required string Image { get; init; }

    public required DateTimeOffset Issued { get; init; }

    public required DateTimeOffset Expires { get; init; }

    /// <summary>False when going back could lose data: then it needs approval, and is never taken back automatically.</summary>
    public bool Reversible { get; init; } = true;

    /// <summary>CVE ids that it fixes.</summary>
    public ImmutableArray<string> Fixes { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>With <see cref="PatchKind.Layer"/>.</summary>
    public VersionTarget? Target { get; init; }

    /// <summary>With <see cref="PatchKind.Hotfix"/>.</summary>
    public ComponentSwap? Swap { get; init; }
}

/// <summary>The image version that a layer patch leads to.</summary>
/// <param name="Version">Its label.</param>
/// <param name="Manifest">Its OCI image manifest, which names configuration and layers.</param>
public sealed record VersionTarget(string Version, Descriptor Manifest);

/// <summary>A component swapped by a hotfix.</summary>
/// <param name="Component">Package URL without version, e.g. <c>pkg:deb/debian/libssl3</c>.</param>
/// <param name="FromVersion">The version that it replaces.</param>
/// <param name="ToVersion">The version that it brings.</param>
/// <param name="Layer">The layer with the component's files.</param>
/// <param name="Files">Paths in the layer that replace files, relative to the root.</param>
public sealed record ComponentSwap(string Component, string FromVersion, string ToVersion, Descriptor Layer, ImmutableArray<string> Files);
