using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Images;

/// <summary>The JSON forms of the OCI image specification; members that others added are skipped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageConfiguration))]
[JsonSerializable(typeof(ImageIndex))]
internal sealed partial class OciJson : JsonSerializerContext
{
    public static T Read<T>(ReadOnlySpan<byte> json, string what, JsonTypeInfo<T> type)
    {
        try
        {
            return Json.Read(json, type);
        }
        catch (JsonException e)
        {
            throw ContentException.Malformed(what, e);
        }
    }
}

/// <summary>The index of an OCI layout: manifests by tag.</summary>
internal sealed record ImageIndex(int SchemaVersion, string? MediaType, IReadOnlyList<IndexEntry> Manifests)
{
    public const string Type = "application/vnd.oci.image.index.v1+json";
    public const string TagAnnotation = "org.opencontainers.image.ref.name";
}

internal sealed record IndexEntry(string MediaType, Digest Digest, long Size, SortedDictionary<string, string>? Annotations = null)
{
    public string? Tag => Annotations?.GetValueOrDefault(ImageIndex.TagAnnotation);
}
