using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Compression;

namespace Fleet.Images;

/// <summary>What goes into a layer, besides the trees.</summary>
public sealed record LayerOptions
{
    /// <summary>The time of every entry, so that the same trees give the same bytes.</summary>
    public DateTimeOffset Modified { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Everything belongs to root in the layer, whoever owns it now.</summary>
    public bool RootOwned { get; init; }

    /// <summary>Puts the links of a merged root (<c>lib</c> to <c>usr/lib</c> and so on) in: for the bottom layer.</summary>
    public bool RootLinks { get; init; }

    /// <summary>Paths that this layer takes away from the layers below.</summary>
    public ImmutableArray<string> Removals { get; init; } = [];

    /// <summary>Whether a path belongs in the layer; a directory that doesn't takes all below it away.</summary>
    public Func<string, bool> Include { get; init; } = _ => true;
}

/// <summary>A layer in a store.</summary>
/// <param name="Blob">The compressed layer.</param>
/// <param name="DiffId">Digest of the tar archive within, as the image configuration has it.</param>
/// <param name="Files">Paths of its files and links, sorted; directories and removals not.</param>
public sealed record PackedLayer(Descriptor Blob, Digest DiffId, ImmutableArray<string> Files);

/// <summary>Makes layers of directory trees: gzipped tar archives, the same bytes for the same trees.</summary>
public static class LayerPacker
{
    /// <summary>Packs the trees, the later over the earlier, and keeps the layer in the store.</summary>
    /// <exception cref="ContentException">Something that no layer can hold, or no space.</exception>
    public static async Task<PackedLayer> Pack(ContentStore store, IEnumerable<string> trees, LayerOptions options, CancellationToken cancel = default)
    {
        var files = LayerTree.Read(trees, options.Include);
        Digest? diffId = null;
        var (digest, size) = await store.Add(async (output, token) =>
        {
            await using var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true);
            await using var hashing = new HashingStream(gzip);
            await using (var tar = new TarWriter(hashing, TarEntryFormat.Gnu, leaveOpen: true))
                foreach (var entry in Entries(files, options))
                    await Write(tar, entry, token);
            diffId = hashing.Digest;
        }, cancel);
        return new PackedLayer(new Descriptor(MediaTypes.LayerGzip, digest, size), diffId!, [.. files.Where(f => !f.Value.IsDirectory).Select(f => f.Key)]);
    }

    private static IEnumerable<(GnuTarEntry Entry, string? Source)> Entries(SortedDictionary<string, LayerFile> files, LayerOptions options)
    {
        if (options.RootLinks)
            foreach (var name in LayerPath.RootLinks.Where(name => !files.ContainsKey(name)))
                yield return (Entry(TarEntryType.SymbolicLink, name, "usr/" + name, UnixFileModes.All, options), null);

        // First names of files with several, by device and inode.
        var linked = new Dictionary<(uint, uint, ulong), string>();
        foreach (var (path, file) in files)
        {
            var s = file.Status;
            var entry =
                file.IsDirectory ? Entry(TarEntryType.Directory, path + "/", null, s.Permissions, options)
                : file.LinkTarget is { } target ? Entry(TarEntryType.SymbolicLink, path, target, UnixFileModes.All, options)
                : s.Links > 1 && !linked.TryAdd((s.DeviceMajor, s.DeviceMinor, s.Inode), path)
                    ? Entry(TarEntryType.HardLink, path, linked[(s.DeviceMajor, s.DeviceMinor, s.Inode)], s.Permissions, options)
                : Entry(TarEntryType.RegularFile, path, null, s.Permissions, options);
            (entry.Uid, entry.Gid) = options.RootOwned ? (0, 0) : ((int)s.Uid, (int)s.Gid);
            yield return (entry, entry.EntryType == TarEntryType.RegularFile ? file.Source : null);
        }

        foreach (var path in options.Removals.Select(LayerPath.Merge).Order(StringComparer.Ordinal))
        {
            if (!LayerPath.IsPath(path) || files.ContainsKey(path))
                throw ContentException.Malformed($"'{path}' can't be removed: it is no path, or the layer has it");
            var parent = LayerPath.Parent(path);
            var name = LayerPath.WhiteoutPrefix + LayerPath.Name(path);
            yield return (Entry(TarEntryType.RegularFile, parent.Length == 0 ? name : $"{parent}/{name}", null, UnixFileModes.File, options), null);
        }
    }

    // The GNU format, because it has long names without the process id that .NET puts into the pax one.
    private static GnuTarEntry Entry(TarEntryType type, string path, string? link, UnixFileMode mode, LayerOptions options)
    {
        var entry = new GnuTarEntry(type, path) { Mode = mode, ModificationTime = options.Modified };
        if (link is not null) entry.LinkName = link;
        return entry;
    }

    private static async Task Write(TarWriter tar, (GnuTarEntry Entry, string? Source) entry, CancellationToken cancel)
    {
        await using var content = entry.Source is null ? null : new FileStream(
            entry.Source, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10, FileOptions.Asynchronous | FileOptions.SequentialScan);
        if (content is not null) entry.Entry.DataStream = content;
        await tar.WriteEntryAsync(entry.Entry, cancel);
    }
}

internal static class UnixFileModes
{
    /// <summary>rw-r--r--</summary>
    public const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>rwxr-xr-x</summary>
    public const UnixFileMode Directory = File | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>rwxrwxrwx</summary>
    public const UnixFileMode All = Directory | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
}
