using System.Globalization;

namespace Fleet.Engine.Storage;

/// <summary>
/// Holds a data directory for one process. The lock belongs to an open file, so it ends with the process, however that ends.
/// Beside it stands the process id, for people: a locked file cannot be read.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

    public static DirectoryLock Take(string directory)
    {
        var (lockFile, holderFile) = (Path.Combine(directory, "fleet.lock"), Path.Combine(directory, "fleet.pid"));
        try
        {
            Directory.CreateDirectory(directory);
            var file = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                File.WriteAllText(holderFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                return new DirectoryLock(file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (IOException error) when (IsLocked(lockFile))
        {
            throw new StateStoreException($"The data directory {directory} is in use by process {Holder(holderFile)}. Nothing was changed.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The data directory {directory} cannot be written: {error.Message}", error);
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Whether somebody holds the lock: then even opening for reading fails, though the file can be seen.</summary>
    private static bool IsLocked(string path)
    {
        try
        {
            if (File.Exists(path)) new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Holder(string path) => File.Exists(path) ? File.ReadAllText(path) : "unknown";
}
