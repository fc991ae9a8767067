using Fleet.Engine.Storage;
using Fleet.Gateway.Access;
using Fleet.Images;
using Fleet.Protocol.Backups;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>All that an engine is, as the files of a backup.</summary>
/// <remarks>
/// The order is what makes it whole while everything goes on. Content is only ever added, and added before anything speaks of
/// it. So the state is copied first, at one moment; then the tags; and the blobs last: whatever state or tag names is among
/// them. The other way round, an image published in between would be known and not there.
/// </remarks>
internal sealed class EngineFiles(GatewayOptions options, Authority authority, ContentStore content, TimeProvider time)
{
    /// <summary>Copies the engine to a stream, one file after the other.</summary>
    public async Task Write(Stream output, StateDatabase state, CancellationToken cancel)
    {
        var taken = time.GetUtcNow();
        await using var backup = new BackupWriter(output);
        await using (var copy = await Copy(state)) await backup.Add(BackupForm.State, copy, taken, cancel);
        foreach (var file in (string[])[AuthorityFiles.KeyFile, AuthorityFiles.CertificateFile]) await Add(backup, file, Path.Combine(options.DataDirectory, file), cancel);
        foreach (var file in In(options.PublishersDirectory, "*.pem")) await Add(backup, $"{BackupForm.Publishers}/{Path.GetFileName(file)}", file, cancel);
        foreach (var (path, file) in Tags()) await Add(backup, path, file, cancel);
        foreach (var blob in content.List().Distinct().OrderBy(b => b.Hex, StringComparer.Ordinal)) await Add(backup, blob, cancel);
        await backup.Finish(new Wire.BackupManifest
        {
            StateSchema = (uint)StateDatabase.Schema,
            FleetVersion = typeof(EngineFiles).Assembly.GetName().Version!.ToString(3),
            Taken = taken.ToTimestamp(),
            Authority = Convert.ToHexStringLower(authority.Fingerprint),
        }, cancel);
    }

    /// <summary>The state as it is now, in a file that nobody else sees and that is gone when closed, whatever becomes of this process.</summary>
    private async Task<FileStream> Copy(StateDatabase state)
    {
        var file = Path.Combine(options.DataDirectory, "fleet.backup");
        // Reading and verifying all of it takes a while, and is work for the disk.
        await Task.Run(() => state.Backup(file));
        var copy = Open(file);
        File.Delete(file);
        return copy;
    }

    private IEnumerable<(string Path, string File)> Tags()
    {
        var tags = Path.Combine(content.Root, "tags");
        return
            from directory in Directory.Exists(tags) ? Directory.EnumerateDirectories(tags).Order(StringComparer.Ordinal) : Enumerable.Empty<string>()
            from file in In(directory, "*")
            where Registry.Tags.IsTag(Path.GetFileName(file))
            select ($"{BackupForm.Tags}/{Path.GetFileName(directory)}/{Path.GetFileName(file)}", file);
    }

    private async Task Add(BackupWriter backup, Digest blob, CancellationToken cancel)
    {
        await using var stored = content.Open(blob);
        var written = await backup.Add($"{BackupForm.Blobs}/{blob.Hex}", stored, File.GetLastWriteTimeUtc(content.PathOf(blob)), cancel);
        if (written.Sha256 != blob.Hex) throw new StateStoreException($"The blob {content.PathOf(blob)} is damaged: its SHA-256 is {written.Sha256}. Remove that file and push its image again; then take the backup.");
    }

    private static async Task Add(BackupWriter backup, string path, string file, CancellationToken cancel)
    {
        await using var stored = Open(file);
        await backup.Add(path, stored, File.GetLastWriteTimeUtc(file), cancel);
    }

    private static IEnumerable<string> In(string directory, string pattern) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, pattern).Order(StringComparer.Ordinal) : [];

    private static FileStream Open(string file) =>
        new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
