using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>An OCI image configuration.</summary>
public sealed record ImageConfiguration(
    [property: JsonPropertyName("architecture")] string Architecture,
    [property: JsonPropertyName("os")] string Os,
    [property: JsonPropertyName("rootfs")] RootFileSystem RootFileSystem,
    [property: JsonPropertyName("created")] DateTimeOffset? Created = null,
    [property: JsonPropertyName("config")] ContainerConfiguration? Container = null)
{
    public byte[] Write() => Json.Write(this, OciJson.Default.ImageConfiguration);

    /// <exception cref="ContentException">It is no image configuration; the message names the member.</exception>
    public static ImageConfiguration Read(ReadOnlySpan<byte> json) => OciJson.Read(json, "image configuration", OciJson.Default.ImageConfiguration);
}

/// <summary>Digests of the uncompressed layers, bottom first.</summary>
public sealed record RootFileSystem(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("diff_ids")] ImmutableArray<Digest> DiffIds);

/// <summary>How a container engine would run the image. Fleet reads only the labels; the rest is for podman and the like.</summary>
public sealed record ContainerConfiguration(
    [property: JsonPropertyName("Cmd")] IReadOnlyList<string>? Command = null,
    [property: JsonPropertyName("Env")] IReadOnlyList<string>? Environment = null,
    [property: JsonPropertyName("WorkingDir")] string? WorkingDirectory = null,
    [property: JsonPropertyName("StopSignal")] string? StopSignal = null,
    [property: JsonPropertyName("ExposedPorts")] ImmutableSortedDictionary<string, NothingMore>? ExposedPorts = null,
    [property: JsonPropertyName("Volumes")] ImmutableSortedDictionary<string, NothingMore>? Volumes = null,
    [property: JsonPropertyName("Labels")] ImmutableSortedDictionary<string, string>? Labels = null);

/// <summary>The empty object that OCI has where only the name counts.</summary>
public sealed record NothingMore;
