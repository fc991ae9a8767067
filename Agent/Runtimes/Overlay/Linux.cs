using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>The system calls that .NET has no words for.</summary>
internal static partial class Linux
{
    public const int Kill = 9;
    public const int NoSpaceOnDevice = 28;
    public const int QuotaExceeded = 122;

    private const int NoSuchProcess = 3;
    private const ulong DirectoryCloseOnExec = 0x10000 | 0x80000;
    private const ulong ResolveInRoot = 0x10;
    private const long OpenAt2 = 437;
    private const int BasicStats = 0x7ff;
    private const int CurrentDirectory = -100;

    /// <summary>Sends a signal; false when there is no such process any more.</summary>
    public static bool Signal(int pid, int signal)
    {
        if (kill(pid, signal) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? false : throw Failure($"signal {signal} to process {pid}", error);
    }

    /// <summary>Opens a directory below a root; links on the way, absolute ones too, lead nowhere outside of the root.</summary>
    public static unsafe SafeFileHandle OpenDirectoryIn(string root, string path)
    {
        using var top = OpenDirectory(root);
        var how = new OpenHow { Flags = DirectoryCloseOnExec, Resolve = ResolveInRoot };
        var file = syscall(OpenAt2, top.DangerousGetHandle(), path, &how, (nuint)sizeof(OpenHow));
        return file >= 0 ? new SafeFileHandle((nint)file, ownsHandle: true) : throw Failure($"open of '{path}' in '{root}'", Marshal.GetLastPInvokeError());
    }

    /// <summary>Gives a file the owner and the mode of another.</summary>
    public static void CopyOwnerAndMode(string from, string to)
    {
        if (statx(CurrentDirectory, from, 0, BasicStats, out var status) != 0) throw Failure($"stat of '{from}'", Marshal.GetLastPInvokeError());
        if (chown(to, status.Uid, status.Gid) != 0) throw Failure($"chown of '{to}'", Marshal.GetLastPInvokeError());
        File.SetUnixFileMode(to, (UnixFileMode)(status.Mode & 0xfff));
    }

    public static void Sync(SafeFileHandle directory)
    {
        if (fsync(directory) != 0) throw Failure("fsync", Marshal.GetLastPInvokeError());
    }

    private static SafeFileHandle OpenDirectory(string path)
    {
        var file = open(path, (int)DirectoryCloseOnExec);
        return file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw Failure($"open of '{path}'", Marshal.GetLastPInvokeError());
    }

    private static IOException Failure(string what, int error) => new($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>The kernel's struct statx, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct FileStatus
    {
        [FieldOffset(20)] public readonly uint Uid;
        [FieldOffset(24)] public readonly uint Gid;
        [FieldOffset(28)] public readonly ushort Mode;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial long syscall(long number, nint directory, string path, OpenHow* how, nuint size);
}
