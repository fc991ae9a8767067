using System.Runtime.InteropServices;

namespace Fleet.Agent.Identity;

/// <summary>Writes whole files so that a reader, or a start after a power cut, sees the old content or the new, never a part.</summary>
internal static partial class DurableFile
{
    private const int DirectoryReadOnlyCloseOnExec = 0x10000 | 0x80000;

    /// <summary>Writes aside, fsyncs, renames, fsyncs the directory.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var aside = path + ".new";
        File.Delete(aside); // left by a crash, maybe with another mode
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 };
        using (var file = new FileStream(aside, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Removes a file for good.</summary>
    public static void Delete(string path)
    {
        if (!File.Exists(path)) return;
        File.Delete(path);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes names in a directory durable.</summary>
    public static void FlushDirectory(string directory)
    {
        var descriptor = Open(directory, DirectoryReadOnlyCloseOnExec);
        if (descriptor < 0) throw Failure("open", directory);
        try
        {
            if (Sync(descriptor) != 0) throw Failure("fsync", directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string call, string path) =>
        new($"{call} of {path}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
