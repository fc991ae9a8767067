using System.Collections.Immutable;
using System.Text;

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

    /// <summary>Reads and checks an image whose manifest, configuration and SBOM are in the store. Layers need not be.</summary>
    /// <exception cref="ContentException">A part is missing or not sound; the message names it.</exception>
    public static async Task<ImageContents> Read(ContentStore store, Digest manifest, CancellationToken cancel = default)
    {
        var manifestBytes = await store.Read(manifest, cancel: cancel);
        var read = ImageManifest.Read(manifestBytes);
        var configuration = await store.Read(read.Config.Digest, cancel: cancel);
        var sbom = await store.Read(read.Sbom, cancel: cancel);
        return Read(manifestBytes, configuration, sbom);
    }

    /// <summary>Reads and checks an image.</summary>
    /// <exception cref="ContentException">A part is not sound, or not the one that the manifest names; the message names the member.</exception>
    public static ImageContents Read(ReadOnlySpan<byte> manifest, ReadOnlySpan<byte> configuration, ReadOnlySpan<byte> sbom)
    {
        var image = ImageManifest.Read(manifest);
        Require("config.digest", image.Config.Digest, configuration);
        Require($"annotations.{ImageManifest.SbomAnnotation}", image.Sbom, sbom);

        var name = image.Annotation(ImageManifest.TitleAnnotation);
        var version = image.Annotation(ImageManifest.VersionAnnotation);
        if (!Names.IsName(name)) throw ContentException.Malformed($"annotations.{ImageManifest.TitleAnnotation}", $"'{name}': {Names.NameRule}");
        if (!Names.IsVersion(version)) throw ContentException.Malformed($"annotations.{ImageManifest.VersionAnnotation}", $"'{version}': {Names.VersionRule}");

        var config = ImageConfiguration.Read(configuration);
        if (image.Layers.IsEmpty) throw ContentException.Malformed("layers", "is empty");
        if (config.RootFileSystem.DiffIds.Length != image.Layers.Length)
            throw ContentException.Malformed("rootfs.diff_ids", $"has {config.RootFileSystem.DiffIds.Length} entries for {image.Layers.Length} layers");
        if (config.Container?.Labels?.GetValueOrDefault(ServiceDefinition.Label) is not { } service)
            throw ContentException.Malformed($"config.Labels.{ServiceDefinition.Label}", "is missing: it says how the service is run");

        return new ImageContents
        {
            Image = name,
            Version = version,
            Manifest = Digest.Of(manifest),
            Layers = image.Layers,
            Service = ServiceJson.Read(Encoding.UTF8.GetBytes(service)),
            Components = CycloneDx.Read(sbom),
        };
    }

    private static void Require(string field, Digest expected, ReadOnlySpan<byte> content)
    {
        if (Digest.Of(content) is var actual && actual != expected)
            throw new ContentException(ContentFault.Mismatch, $"{field}: the content is {actual}, expected {expected}") { Field = field };
    }
}
