using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>An OCI image manifest: the configuration and the layers, bottom first.</summary>
public sealed record ImageManifest(
    int SchemaVersion, string? MediaType, Descriptor Config, ImmutableArray<Descriptor> Layers, ImmutableSortedDictionary<string, string>? Annotations = null)
{
    /// <summary>Annotation with the digest of the SBOM, a blob in the same repository.</summary>
    public const string SbomAnnotation = "dev.fleet.sbom";

    /// <summary>Annotation with the image's name.</summary>
    public const string TitleAnnotation = "org.opencontainers.image.title";

    /// <summary>Annotation with the image's version.</summary>
    public const string VersionAnnotation = "org.opencontainers.image.version";

    public byte[] Write() => Json.Write(this, OciJson.Default.ImageManifest);

    /// <summary>Reads a manifest of one image; an index of several is refused.</summary>
    /// <exception cref="ContentException">It is none; the message names the member.</exception>
    public static ImageManifest Read(ReadOnlySpan<byte> json)
    {
        var manifest = OciJson.Read(json, "image manifest", OciJson.Default.ImageManifest);
        if (manifest.SchemaVersion != 2) throw ContentException.Malformed("schemaVersion", $"{manifest.SchemaVersion} is not known: expected 2");
        if (manifest.MediaType is not (null or MediaTypes.ImageManifest))
            throw ContentException.Malformed("mediaType", $"'{manifest.MediaType}' is no OCI image manifest");
        if (manifest.Config.MediaType != MediaTypes.ImageConfig)
            throw ContentException.Malformed("config.mediaType", $"'{manifest.Config.MediaType}' is no OCI image configuration");
        for (var i = 0; i < manifest.Layers.Length; i++)
        {
            if (manifest.Layers[i] is not { MediaType: MediaTypes.LayerGzip or MediaTypes.Layer })
                throw ContentException.Malformed($"layers[{i}].mediaType", $"expected {MediaTypes.LayerGzip} or {MediaTypes.Layer}");
            if (manifest.Layers[i].Size < 0) throw ContentException.Malformed($"layers[{i}].size", "is negative");
        }
        return manifest;
    }

    /// <summary>The digest of the SBOM.</summary>
    /// <exception cref="ContentException">The annotation is missing, or no digest.</exception>
    public Digest Sbom => Digest.TryParse(Annotation(SbomAnnotation), out var digest)
        ? digest
        : throw ContentException.Malformed($"annotations.{SbomAnnotation}", "is no digest");

    /// <summary>An annotation that must be there.</summary>
    /// <exception cref="ContentException">It is missing.</exception>
    public string Annotation(string name) => Annotations?.GetValueOrDefault(name) ?? throw ContentException.Malformed($"annotations.{name}", "is missing");
}
