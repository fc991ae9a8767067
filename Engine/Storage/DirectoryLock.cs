using System.Text;

namespace Fleet.Engine.Storage;

/// <summary>
/// Holds a data directory for one process. The lock belongs to the open file, so it ends with the process, however that ends;
/// the process id inside is for people to read.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const string Name = "fleet.lock";
    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

    public static DirectoryLock Take(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The data directory {directory} cannot be made: {error.Message}", error);
        }

        var path = Path.Combine(directory, Name);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId}\n"));
            file.Flush();
            return new DirectoryLock(file);
        }
        catch (IOException error) when (Holder(path) is { } holder)
        {
            throw new StateStoreException($"The data directory {directory} is in use by process {holder}. Nothing was changed.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The data directory {directory} cannot be written: {error.Message}", error);
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Who holds the lock, if somebody does: only then does opening for exclusive reading fail while plain reading works.</summary>
    private static string? Holder(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return null;
        }
        catch (IOException)
        {
            try
            {
                using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                return reader.ReadToEnd().Trim() is { Length: > 0 } pid ? pid : "unknown";
            }
            catch (IOException)
            {
                return null;
            }
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
