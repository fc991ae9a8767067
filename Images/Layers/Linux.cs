using System.Runtime.InteropServices;

namespace Fleet.Images;

/// <summary>The few system calls that layers need and .NET has no words for.</summary>
internal static partial class Linux
{
    /// <summary>Makes a directory's entries safe from a power cut.</summary>
    public static void SyncDirectory(string path) => WithDirectory(path, fsync);

    /// <summary>Makes all that was written to the file system of this directory safe from a power cut.</summary>
    public static void SyncFileSystem(string path) => WithDirectory(path, syncfs);

    public static void HardLink(string existing, string path) => Check(link(existing, path), path);

    public static void SetOwner(string path, int uid, int gid) => Check(lchown(path, (uint)uid, (uint)gid), path);

    /// <summary>overlayfs's mark of a removed file: a character device 0/0.</summary>
    public static void Whiteout(string path) => Check(mknod(path, CharacterDevice, 0), path);

    /// <summary>overlayfs's mark of a directory that hides what is below it.</summary>
    public static void MakeOpaque(string directory) => Check(lsetxattr(directory, "trusted.overlay.opaque", "y"u8, 1, 0), directory);

    /// <summary>Owner, links and identity of a file, symbolic links not followed.</summary>
    public static FileStatus Status(string path)
    {
        Check(statx(AtCurrentDirectory, path, NoFollow, BasicStats, out var status), path);
        return status;
    }

    private static void WithDirectory(string path, Func<int, int> call)
    {
        var directory = open(path, CloseOnExec);
        Check(directory, path);
        try { Check(call(directory), path); }
        finally { _ = close(directory); }
    }

    private static void Check(int result, string path)
    {
        if (result >= 0) return;
        var error = Marshal.GetLastPInvokeError();
        throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error);
    }

    private const int CloseOnExec = 0x80000;
    private const uint CharacterDevice = 0x2000;
    private const int AtCurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7ff;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknod(string path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lsetxattr(string path, string name, ReadOnlySpan<byte> value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, out FileStatus status);

    /// <summary>The kernel's struct statx, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal readonly struct FileStatus
    {
        [FieldOffset(16)] public readonly uint Links;
        [FieldOffset(20)] public readonly uint Uid;
        [FieldOffset(24)] public readonly uint Gid;
        [FieldOffset(28)] public readonly ushort Mode;
        [FieldOffset(32)] public readonly ulong Inode;
        [FieldOffset(136)] public readonly uint DeviceMajor;
        [FieldOffset(140)] public readonly uint DeviceMinor;

        /// <summary>The S_IF bits of the mode.</summary>
        public int Kind => Mode & 0xf000;

        /// <summary>The permission bits of the mode.</summary>
        public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xfff);
    }
}
