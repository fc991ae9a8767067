using System.Formats.Tar;
using System.Text;
using Fleet.Protocol.V1;
using Google.Protobuf;

namespace Fleet.Protocol.Backups;

/// <summary>Writes a backup to a stream, file by file; nothing is held in memory but the list of them.</summary>
public sealed class BackupWriter(Stream output) : IAsyncDisposable
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TarWriter tar = new(output, TarEntryFormat.Pax, leaveOpen: true);
    private readonly List<BackupFile> files = [];

    /// <summary>Adds a file, from where the content stands to its end; what it holds is returned.</summary>
    public async Task<BackupFile> Add(string path, Stream content, DateTimeOffset modified, CancellationToken cancel)
    {
        if (!BackupForm.MayHold(path)) throw new ArgumentException($"no backup holds '{path}'", nameof(path));
        await using var sums = new Sums(content);
        await Write(path, sums, modified, cancel);
        var file = new BackupFile { Path = path, Size = (ulong)sums.Count, Sha256 = sums.Sha256 };
        files.Add(file);
        return file;
    }

    /// <summary>Ends the backup: only now it is one.</summary>
    /// <param name="about">All but the list of files.</param>
    public async Task<BackupManifest> Finish(BackupManifest about, CancellationToken cancel)
    {
        var manifest = new BackupManifest(about) { Format = BackupForm.Format };
        manifest.Files.Add(files);
        await using var text = new MemoryStream(Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(manifest)));
        await Write(BackupForm.Manifest, text, about.Taken.ToDateTimeOffset(), cancel);
        await tar.DisposeAsync();
        return manifest;
    }

    /// <summary>Leaves a backup that was not finished as it is: whoever reads it notices.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task Write(string path, Stream content, DateTimeOffset modified, CancellationToken cancel) =>
        tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { Mode = OwnerAlone, ModificationTime = modified, DataStream = content }, cancel);
}
