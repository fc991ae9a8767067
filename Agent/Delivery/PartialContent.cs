using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>Downloads that were cut short. Each waits in the content store under a name of its blob, to be gone on with.</summary>
internal static class PartialContent
{
    private const string Prefix = "fetch-";

    /// <summary>The name of a blob's download in the content store.</summary>
    public static string NameOf(Digest blob) => Prefix + blob.Hex;

    /// <summary>Removes all but those of blobs that are needed; only while nothing is being fetched.</summary>
    /// <param name="root">The content store's directory.</param>
    public static void Delete(string root, IReadOnlySet<Digest> needed)
    {
        var directory = Path.Combine(root, "ingest");
        if (!Directory.Exists(directory)) return;
        var keep = needed.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, Prefix + "*"))
            if (!keep.Contains(Path.GetFileName(file))) File.Delete(file);
    }
}
