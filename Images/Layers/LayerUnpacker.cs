using System.Formats.Tar;
using System.IO.Compression;

namespace Fleet.Images;

/// <summary>
/// Extracts one layer into an empty directory, as overlayfs wants it. The directory is private to the caller. No entry is
/// written through a link, and nothing outside the directory is touched, whatever the archive says.
/// </summary>
internal sealed class LayerUnpacker(string root)
{
    // Paths that an entry of its own made, against an archive that says two things about one path.
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    /// <summary>Extracts the layer and verifies it on the way.</summary>
    /// <exception cref="ContentException">Other bytes than the descriptor's, or an archive that can't be trusted.</exception>
    public async Task Unpack(Descriptor layer, Stream blob, CancellationToken cancel)
    {
        await using var verified = new HashingStream(blob);
        Exception? broken = null;
        try
        {
            await using var gzip = IsCompressed(layer.MediaType) ? new GZipStream(verified, CompressionMode.Decompress, leaveOpen: true) : null;
            await using var tar = new TarEnd(gzip ?? (Stream)verified);
            await using (var reader = new TarReader(tar, leaveOpen: true))
                while (await reader.GetNextEntryAsync(copyData: false, cancel) is { } entry)
                    await Extract(entry, cancel);
            await tar.CopyToAsync(Stream.Null, cancel);
            if (!tar.IsWhole) throw ContentException.Malformed($"layer {layer.Digest} ends too early: it is cut off");
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or ContentException { Fault: ContentFault.Malformed })
        {
            broken = e;
        }

        // The digest is asked first: of damaged bytes there is nothing else worth saying.
        await verified.CopyToAsync(Stream.Null, cancel);
        if (verified.Digest != layer.Digest || verified.Count != layer.Size)
            throw new ContentException(ContentFault.Mismatch,
                $"the layer is {verified.Digest} with {verified.Count} bytes, expected {layer.Digest} with {layer.Size}");
        if (broken is ContentException) throw broken;
        if (broken is not null) throw new ContentException(ContentFault.Malformed, $"layer {layer.Digest} is no sound archive: {broken.Message}", broken);
    }

    private static bool IsCompressed(string mediaType) => mediaType switch
    {
        MediaTypes.LayerGzip => true,
        MediaTypes.Layer => false,
        _ => throw ContentException.Malformed($"media type '{mediaType}' is no layer: expected {MediaTypes.LayerGzip} or {MediaTypes.Layer}"),
    };

    private async Task Extract(TarEntry entry, CancellationToken cancel)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) return;
        var path = LayerPath.Parse(entry.Name);
        var place = Place(path);
        if (entry.EntryType is TarEntryType.Directory)
        {
            MakeDirectory(entry, path, place);
            return;
        }
        if (path.Length == 0) throw ContentException.Malformed("the root must be a directory");
        if (LayerPath.Name(path).StartsWith(LayerPath.WhiteoutPrefix, StringComparison.Ordinal))
        {
            Remove(path);
            return;
        }

        Name(path);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                await MakeFile(entry, place, cancel);
                break;
            case TarEntryType.SymbolicLink:
                if (entry.LinkName.Length == 0 || LayerPath.Escapes(path, entry.LinkName))
                    throw ContentException.Malformed($"'{path}' links to '{entry.LinkName}', outside the layer");
                File.CreateSymbolicLink(place, entry.LinkName);
                Linux.SetOwner(place, entry.Uid, entry.Gid);
                break;
            case TarEntryType.HardLink:
                MakeHardLink(path, place, entry.LinkName);
                break;
            default:
                throw ContentException.Malformed($"'{path}' is of type {entry.EntryType}: a layer has files, directories and links only");
        }
    }

    private void MakeDirectory(TarEntry entry, string path, string place)
    {
        Name(path);
        if (!Directory.Exists(place)) Directory.CreateDirectory(place);
        Linux.SetOwner(place, entry.Uid, entry.Gid);
        File.SetUnixFileMode(place, entry.Mode);
    }

    private static async Task MakeFile(TarEntry entry, string place, CancellationToken cancel)
    {
        await using (var file = new FileStream(place, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 << 10, useAsync: true))
            if (entry.DataStream is { } content)
                await content.CopyToAsync(file, cancel);
        // Owner first: changing it takes setuid away.
        Linux.SetOwner(place, entry.Uid, entry.Gid);
        File.SetUnixFileMode(place, entry.Mode);
        File.SetLastWriteTimeUtc(place, entry.ModificationTime.UtcDateTime);
    }

    private void MakeHardLink(string path, string place, string target)
    {
        var existing = LayerPath.Parse(target);
        if (!_named.Contains(existing) || Linux.Status(Place(existing)) is not { Kind: LayerFile.RegularKind })
            throw ContentException.Malformed($"'{path}' is a hard link to '{target}', which is no file of this layer");
        Linux.HardLink(Place(existing), place);
    }

    private void Remove(string path)
    {
        var parent = LayerPath.Parent(path);
        var name = LayerPath.Name(path);
        if (name == LayerPath.OpaqueMark)
        {
            Linux.MakeOpaque(Path.Combine(root, parent));
            return;
        }
        var removed = name[LayerPath.WhiteoutPrefix.Length..];
        if (removed is "" or "." or ".." || removed.StartsWith(LayerPath.WhiteoutPrefix, StringComparison.Ordinal))
            throw ContentException.Malformed($"'{path}' is no removal that is known");
        var target = parent.Length == 0 ? removed : $"{parent}/{removed}";
        Name(target);
        Linux.Whiteout(Path.Combine(root, target));
    }

    private void Name(string path)
    {
        if (!_named.Add(path)) throw ContentException.Malformed($"'{path}' is there twice");
    }

    // Where a path goes. Its directories are made if no entry did; each must be a real one, never a link.
    private string Place(string path)
    {
        var parts = path.Split('/');
        var place = root;
        foreach (var part in parts[..^1])
        {
            place = Path.Combine(place, part);
            var there = new FileInfo(place);
            if (there.LinkTarget is not null || there.Exists)
                throw ContentException.Malformed($"'{path}' goes through '{part}', which is no directory");
            if (!Directory.Exists(place)) Directory.CreateDirectory(place, UnixFileModes.Directory);
        }
        return Path.Combine(place, parts[^1]);
    }
}
