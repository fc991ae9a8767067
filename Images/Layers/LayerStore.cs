namespace Fleet.Images;

/// <summary>
/// Unpacked layers in a directory, by digest, for overlayfs. A layer is there whole and safe from a power cut, or it is not
/// there: it is unpacked aside and renamed. Unpacking needs root. One writer at a time.
/// </summary>
public sealed class LayerStore
{
    private const string AsidePrefix = ".aside-";
    private readonly string _root;

    /// <summary>Opens the store, and makes its directory if it is not there.</summary>
    public LayerStore(string root)
    {
        _root = Path.GetFullPath(root);
        Directory.CreateDirectory(_root);
    }

    /// <summary>Where a layer is, or would be: a lower directory.</summary>
    public string PathOf(Digest layer) => Path.Combine(_root, layer.Hex);

    public bool Has(Digest layer) => Directory.Exists(PathOf(layer));

    /// <summary>All layers, in no order.</summary>
    public IEnumerable<Digest> List() => Directory.EnumerateDirectories(_root)
        .Select(directory => Digest.TryParse("sha256:" + Path.GetFileName(directory), out var digest) ? digest : null)
        .OfType<Digest>();

    /// <summary>Unpacks a layer, verified while it is read. Safe to repeat. Returns where it is.</summary>
    /// <exception cref="ContentException">Not what the descriptor names, unsound, or no space; nothing is left.</exception>
    public async Task<string> Unpack(Descriptor layer, Stream blob, CancellationToken cancel = default)
    {
        if (Has(layer.Digest)) return PathOf(layer.Digest);
        var aside = Path.Combine(_root, AsidePrefix + layer.Digest.Hex);
        Remove(aside);
        try
        {
            Directory.CreateDirectory(aside, UnixFileModes.Directory);
            await new LayerUnpacker(aside).Unpack(layer, blob, cancel);
            // One call for all files and directories; one for each of a thousand files would take seconds.
            Linux.SyncFileSystem(aside);
            Directory.Move(aside, PathOf(layer.Digest));
            Linux.SyncDirectory(_root);
            return PathOf(layer.Digest);
        }
        catch (IOException e) when (ContentException.IsNoSpace(e))
        {
            Remove(aside);
            throw ContentException.NoSpace(_root, e);
        }
        catch
        {
            Remove(aside);
            throw;
        }
    }

    /// <summary>Unpacks a layer out of a content store.</summary>
    public async Task<string> Unpack(Descriptor layer, ContentStore content, CancellationToken cancel = default)
    {
        if (Has(layer.Digest)) return PathOf(layer.Digest);
        await using var blob = content.Open(layer.Digest);
        return await Unpack(layer, blob, cancel);
    }

    /// <summary>Removes a layer that no stack uses; false when it was not there.</summary>
    public bool Delete(Digest layer)
    {
        if (!Has(layer)) return false;
        var aside = Path.Combine(_root, AsidePrefix + layer.Hex);
        Remove(aside);
        // Out of sight at once, so that a half-removed layer is never used.
        Directory.Move(PathOf(layer), aside);
        Linux.SyncDirectory(_root);
        Remove(aside);
        return true;
    }

    /// <summary>Removes what interrupted work left; for the store's owner, before anything is unpacked.</summary>
    public void Sweep()
    {
        foreach (var aside in Directory.EnumerateDirectories(_root, AsidePrefix + "*")) Remove(aside);
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }
}
