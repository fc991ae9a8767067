using System.Formats.Tar;
using System.Text;
using Fleet.Protocol.V1;
using Google.Protobuf;

namespace Fleet.Protocol.Backups;

/// <summary>Reads a backup and believes nothing of it until all of it fits its manifest.</summary>
public static class BackupReader
{
    private const long LargestManifest = 256 << 20;

    /// <summary>Reads it to its end.</summary>
    /// <param name="backup">The archive.</param>
    /// <param name="take">Is given each file, to be kept aside until this returns; null only verifies.</param>
    /// <exception cref="BackupException">It is torn, altered, of a newer Fleet, or no backup.</exception>
    public static async Task<BackupManifest> Read(Stream backup, Func<string, Stream, Task>? take, CancellationToken cancel)
    {
        try
        {
            return await ReadAll(backup, take ?? ((_, content) => content.CopyToAsync(Stream.Null, cancel)), cancel);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or InvalidProtocolBufferException or InvalidJsonException or DecoderFallbackException)
        {
            throw new BackupException($"this is no backup, or not a whole one: {e.Message}", e);
        }
    }

    private static async Task<BackupManifest> ReadAll(Stream backup, Func<string, Stream, Task> take, CancellationToken cancel)
    {
        var found = new Dictionary<string, BackupFile>(StringComparer.Ordinal);
        await using var tar = new TarReader(backup, leaveOpen: true);
        while (await tar.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            if (entry.Name == BackupForm.Manifest)
            {
                var manifest = Parse(await Text(entry, cancel));
                if (await tar.GetNextEntryAsync(copyData: false, cancel) is { } more) throw new BackupException($"'{more.Name}' comes after its end");
                Compare(manifest, found);
                return manifest;
            }

            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !BackupForm.MayHold(entry.Name))
                throw new BackupException($"'{entry.Name}' is nothing that a backup holds");
            // A repeated name would be written twice, and only its last content compared.
            if (found.ContainsKey(entry.Name)) throw new BackupException($"'{entry.Name}' is in it twice");
            await using var sums = new Sums(entry.DataStream ?? Stream.Null);
            await take(entry.Name, sums);
            found[entry.Name] = new BackupFile { Path = entry.Name, Size = (ulong)sums.Count, Sha256 = sums.Sha256 };
        }

        throw new BackupException("it was cut off: its manifest is missing");
    }

    private static BackupManifest Parse(string text)
    {
        // Whatever a newer form has in it, its number can be read.
        var manifest = new JsonParser(JsonParser.Settings.Default.WithIgnoreUnknownFields(true)).Parse<BackupManifest>(text);
        if (manifest.Format > BackupForm.Format) throw new BackupException($"its form is {manifest.Format}, newer than this program, which knows {BackupForm.Format}: use the newer Fleet ({manifest.FleetVersion})");
        if (manifest.StateSchema > BackupForm.StateSchema)
            throw new BackupException($"its state has schema {manifest.StateSchema}, newer than this program, which knows {BackupForm.StateSchema}: use the newer Fleet ({manifest.FleetVersion})");
        return manifest.Format == 0 ? throw new BackupException("its manifest says no form") : manifest;
    }

    private static void Compare(BackupManifest manifest, Dictionary<string, BackupFile> found)
    {
        foreach (var listed in manifest.Files)
        {
            if (!found.Remove(listed.Path, out var file)) throw new BackupException($"'{listed.Path}' is missing");
            if (!file.Equals(listed)) throw new BackupException($"'{listed.Path}' was altered: its SHA-256 is {file.Sha256}, not {listed.Sha256}");
            // Named by its content: a disk that lost some of it is found here, and not on a device.
            if (listed.Path.StartsWith(BackupForm.Blobs, StringComparison.Ordinal) && !listed.Path.EndsWith(file.Sha256, StringComparison.Ordinal))
                throw new BackupException($"'{listed.Path}' is not what its name says: its SHA-256 is {file.Sha256}; it was damaged on the engine's disk");
        }

        if (found.Keys.FirstOrDefault() is { } unlisted) throw new BackupException($"'{unlisted}' is not in its manifest");
        if (BackupForm.Needed.Except(manifest.Files.Select(f => f.Path)).FirstOrDefault() is { } missing) throw new BackupException($"'{missing}' is missing");
    }

    private static async Task<string> Text(TarEntry entry, CancellationToken cancel)
    {
        if (entry.DataStream is not { } content || entry.Length > LargestManifest) throw new BackupException("its manifest is none");
        using var reader = new StreamReader(content, new UTF8Encoding(false, throwOnInvalidBytes: true));
        return await reader.ReadToEndAsync(cancel);
    }
}
