using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>Brings blobs from another store.</summary>
internal sealed class LayoutSource(ContentStore from, ContentStore to) : IContentSource
{
    public async Task Fetch(string image, Descriptor blob, CancellationToken cancel)
    {
        if (!from.Has(blob.Digest)) throw new ContentUnavailableException($"blob {blob.Digest} of {image} is not there", final: true);
        await using var content = from.Open(blob.Digest);
        await to.Put(blob with { Size = content.Length }, content, cancel);
    }
}
