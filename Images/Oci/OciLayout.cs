using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>An OCI image layout directory: blobs, and an index of tagged manifests. skopeo reads it as <c>oci:DIRECTORY:TAG</c>.</summary>
public sealed class OciLayout
{
    private readonly string _index;

    /// <summary>Opens the layout, and makes it if it is not there.</summary>
    public OciLayout(string directory)
    {
        Content = new ContentStore(directory);
        _index = Path.Combine(Content.Root, "index.json");
        var mark = Path.Combine(Content.Root, "oci-layout");
        if (!File.Exists(mark)) File.WriteAllText(mark, """{"imageLayoutVersion":"1.0.0"}""");
        if (!File.Exists(_index)) Save([]);
    }

    public ContentStore Content { get; }

    /// <summary>Tags with their manifests, by tag.</summary>
    public ImmutableSortedDictionary<string, Descriptor> Tags() => Load()
        .Where(m => m.Tag is not null)
        .ToImmutableSortedDictionary(m => m.Tag!, m => new Descriptor(m.MediaType, m.Digest, m.Size), StringComparer.Ordinal);

    /// <summary>Gives a manifest a tag; one that had it loses it.</summary>
    public void Tag(string tag, Descriptor manifest)
    {
        if (!Names.IsVersion(tag)) throw new ArgumentException($"'{tag}' can't be a tag: {Names.VersionRule}", nameof(tag));
        var entry = new IndexEntry(manifest.MediaType, manifest.Digest, manifest.Size, new() { [ImageIndex.TagAnnotation] = tag });
        Save([.. Load().Where(m => m.Tag != tag), entry]);
    }

    /// <summary>Reads and checks the image with this tag.</summary>
    /// <exception cref="ContentException">There is none, or it is not sound.</exception>
    public Task<ImageContents> Read(string tag, CancellationToken cancel = default) => Tags().TryGetValue(tag, out var manifest)
        ? ImageContents.Read(Content, manifest.Digest, cancel)
        : throw new ContentException(ContentFault.Missing, $"the layout has no tag '{tag}': there are {string.Join(", ", Tags().Keys)}");

    /// <summary>Everything that the manifest needs, in the order to push it: layers, configuration, SBOM; the manifest itself not.</summary>
    public async Task<ImmutableArray<Descriptor>> BlobsOf(Digest manifest, CancellationToken cancel = default)
    {
        var read = ImageManifest.Read(await Content.Read(manifest, cancel: cancel));
        var sbom = new Descriptor(MediaTypes.CycloneDx, read.Sbom, Content.SizeOf(read.Sbom) ?? 0);
        return [.. read.Layers.Distinct(), read.Config, sbom];
    }

    private IReadOnlyList<IndexEntry> Load() =>
        OciJson.Read(File.ReadAllBytes(_index), "image index", OciJson.Default.ImageIndex).Manifests;

    private void Save(IReadOnlyList<IndexEntry> manifests)
    {
        var aside = _index + ".new";
        File.WriteAllBytes(aside, Json.Write(new ImageIndex(2, ImageIndex.Type, manifests), OciJson.Default.ImageIndex));
        File.Move(aside, _index, overwrite: true);
    }
}
