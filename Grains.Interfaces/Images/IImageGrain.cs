using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>Holds one image lineage: its versions, its signed patches, and what is quarantined.</summary>
[Alias("fleet.image")]
public interface IImageGrain : IGrainWithStringKey
{
    /// <summary>Makes a version known. Safe to repeat; the same version with another digest is refused.</summary>
    [Alias("publish-version")] Task<PublishAnswer> PublishVersion(ImageVersionFacts version);

    /// <summary>Makes a signed patch known after verifying it. Safe to repeat; the same id with another content is refused. A refusal leaves an audit record.</summary>
    [Alias("publish-patch")] Task<PublishAnswer> PublishPatch(ImmutableArray<byte> envelope, string by);

    /// <summary>Keeps automation from offering a patch, and the version that it leads to, again. Safe to repeat.</summary>
    /// <param name="by">Who decided it; empty for the engine itself.</param>
    [Alias("quarantine")] Task Quarantine(string patch, string by, string reason);

    /// <summary>Ends a quarantine of a patch and of the version that it leads to. Safe to repeat.</summary>
    [Alias("lift-quarantine")] Task LiftQuarantine(string patch, string by, string reason);

    [Alias("show"), ReadOnly] Task<ImageView> Show();

    /// <summary>What a change needs of a patch, or null when there is none.</summary>
    [Alias("patch"), ReadOnly] Task<PatchView?> Patch(string patch);

    [Alias("version"), ReadOnly] Task<ImageVersionFacts?> Version(string version);
}

public enum PublishAnswerKind
{
    Published,
    Refused,
}

[GenerateSerializer, Immutable, Alias("fleet.publish-answer")]
public sealed record PublishAnswer(
    [property: Id(0)] PublishAnswerKind Kind,
    [property: Id(1)] string Reason = "",
    [property: Id(2)] string Detail = "",
    [property: Id(3)] PatchView? Patch = null);

/// <summary>An image version as the gateway read it from the registry.</summary>
[GenerateSerializer, Immutable, Alias("fleet.image-version")]
public sealed record ImageVersionFacts
{
    [Id(0)] public required string Version { get; init; }
    [Id(1)] public required string Digest { get; init; }

    /// <summary>Package URLs with version.</summary>
    [Id(2)] public ImmutableArray<string> Components { get; init; } = [];

    /// <summary>Names of the service's ports.</summary>
    [Id(3)] public ImmutableArray<string> Ports { get; init; } = [];
    [Id(4)] public DateTimeOffset Published { get; init; }
}

[GenerateSerializer, Immutable, Alias("fleet.patch-view")]
public sealed record PatchView
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Image { get; init; }
    [Id(2)] public required string Kind { get; init; }
    [Id(3)] public string Version { get; init; } = "";
    [Id(4)] public string Component { get; init; } = "";
    [Id(5)] public string FromVersion { get; init; } = "";
    [Id(6)] public string ToVersion { get; init; } = "";
    [Id(7)] public ImmutableArray<string> Fixes { get; init; } = [];
    [Id(8)] public DateTimeOffset Issued { get; init; }
    [Id(9)] public DateTimeOffset Expires { get; init; }
    [Id(10)] public string PublisherKey { get; init; } = "";
    [Id(11)] public bool Quarantined { get; init; }
    [Id(12)] public string QuarantineReason { get; init; } = "";

    /// <summary>The envelope as signed.</summary>
    [Id(13)] public ImmutableArray<byte> Envelope { get; init; } = [];

    /// <summary>Whether automation may take it back.</summary>
    [Id(14)] public bool Reversible { get; init; } = true;
}

[GenerateSerializer, Immutable, Alias("fleet.image-view")]
public sealed record ImageView(
    [property: Id(0)] string Name,
    [property: Id(1)] ImmutableArray<ImageVersionFacts> Versions,
    [property: Id(2)] ImmutableArray<PatchView> Patches);

public static class ImageGrains
{
    public static IImageGrain Image(this IGrainFactory grains, string name) => grains.GetGrain<IImageGrain>(name);
}
