using System.Runtime.InteropServices;

namespace Fleet.Engine.Storage;

/// <summary>Makes the names in a directory durable: a file that was renamed is found under its new name after a power cut.</summary>
internal static class DirectorySync
{
    private const int ReadDirectory = 0x10000 | 0x80000;     // O_DIRECTORY | O_CLOEXEC

    public static void Flush(string directory)
    {
        var descriptor = Open(directory, ReadDirectory);
        if (descriptor < 0) throw new IOException($"{directory} can't be opened: error {Marshal.GetLastPInvokeError()}");
        try
        {
            if (Sync(descriptor) != 0) throw new IOException($"{directory} can't be synced: error {Marshal.GetLastPInvokeError()}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
