using Fleet.Images;
using Fleet.Protocol.Backups;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary>Fills an empty data directory from a backup: with all of it, or with nothing.</summary>
/// <remarks>
/// While it works there is a directory <see cref="BackupForm.Unfinished"/> in it, on which no engine starts. Everything is
/// written there, verified, and on the disk before the first file is moved to its place; that directory goes last. Killed in
/// between, it stays, and says so to engine and person.
/// </remarks>
internal static class Restoration
{
    private const string Lock = "fleet.lock", Holder = "fleet.pid";
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // What a new file system has at its root.
    private static readonly string[] Empty = ["lost+found"];

    /// <exception cref="BackupException">The backup is torn, altered or of a newer Fleet; the directory is as it was.</exception>
    /// <exception cref="CliException">The directory is in use, or holds something; it is as it was.</exception>
    public static async Task<BackupManifest> Run(Stream backup, string directory, CancellationToken cancel)
    {
        var isNew = !Directory.Exists(directory);
        using var held = Take(directory);
        var aside = Path.Combine(directory, BackupForm.Unfinished);
        try
        {
            Directory.CreateDirectory(aside);
            var manifest = await BackupReader.Read(backup, (path, content) => Keep(Path.Combine(aside, path), content, cancel), cancel);
            if (System.OperatingSystem.IsLinux()) Linux.SyncFileSystem(aside);
            cancel.ThrowIfCancellationRequested();
            foreach (var entry in Directory.EnumerateFileSystemEntries(aside)) Directory.Move(entry, Path.Combine(directory, Path.GetFileName(entry)));
            if (System.OperatingSystem.IsLinux()) Linux.SyncDirectory(directory);
            Directory.Delete(aside);
            if (System.OperatingSystem.IsLinux()) Linux.SyncDirectory(directory);
            return manifest;
        }
        catch
        {
            // It was empty, and is ours alone: whatever is in it came from here.
            foreach (var entry in Entries(directory)) Remove(entry);
            if (isNew) Directory.Delete(directory);
            throw;
        }
    }

    /// <summary>The lock that an engine would have; for a directory that holds nothing else.</summary>
    private static FileStream Take(string directory)
    {
        var (file, holder) = (Path.Combine(directory, Lock), Path.Combine(directory, Holder));
        try
        {
            if (File.Exists(file)) new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
        }
        catch (IOException)
        {
            var who = File.Exists(holder) ? File.ReadAllText(holder) : "unknown";
            throw CliException.Usage($"'{directory}' is in use by process {who}", "stop the engine, and restore to a new directory");
        }

        if (Directory.Exists(Path.Combine(directory, BackupForm.Unfinished)))
            throw CliException.Usage($"a restore to '{directory}' did not end", "empty the directory and restore again");
        if (Directory.Exists(directory) && Entries(directory).FirstOrDefault() is { } there)
            throw CliException.Usage($"'{directory}' is not empty: it holds '{Path.GetFileName(there)}'", "restore to a new directory, and keep what is there until the engine runs again");

        try
        {
            Directory.CreateDirectory(directory);
            return new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.File(directory, e);
        }
    }

    private static async Task Keep(string file, Stream content, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous };
        if (Path.GetFileName(file) == BackupForm.AuthorityKey && !System.OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerAlone;
        await using var kept = new FileStream(file, options);
        await content.CopyToAsync(kept, 1 << 17, cancel);
    }

    private static IEnumerable<string> Entries(string directory) => Directory.EnumerateFileSystemEntries(directory).Where(e => !Empty.Contains(Path.GetFileName(e))).Order(StringComparer.Ordinal);

    private static void Remove(string entry)
    {
        if (Directory.Exists(entry)) Directory.Delete(entry, recursive: true);
        else File.Delete(entry);
    }
}
