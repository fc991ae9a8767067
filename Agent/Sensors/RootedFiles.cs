using Microsoft.Win32.SafeHandles;

namespace Fleet.Agent.Sensors;

/// <summary>
/// Opens files of another root file system as its own processes would: links resolve inside it and never lead out. A service
/// writes its own root, so what lies there is not to be trusted with the device's files.
/// </summary>
internal sealed unsafe class RootedFiles : IDisposable
{
    private const int OpenAt2 = 437;
    private const ulong InRoot = 0x10, NoMagicLinks = 0x02;
    private readonly int _root;

    private RootedFiles(int root) => _root = root;

    /// <summary>Opens a root; null when it isn't there.</summary>
    public static RootedFiles? Open(string root)
    {
        var descriptor = Libc.Open(root, Libc.OpenPathOnly | Libc.OpenCloseOnExec);
        return descriptor < 0 ? null : new(descriptor);
    }

    /// <summary>Opens a file for reading; null when it isn't there or may not be read.</summary>
    public SafeFileHandle? OpenFile(string path)
    {
        // Non-blocking: a pipe where a file should be must not stop the sensors.
        var how = new Libc.OpenHow
        {
            Flags = Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec,
            Resolve = InRoot | NoMagicLinks,
        };
        var descriptor = Libc.OpenAt2(OpenAt2, _root, path, &how, sizeof(Libc.OpenHow));
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Names in a directory, sorted; none when it isn't there.</summary>
    public string[] List(string path)
    {
        using var directory = OpenFile(path);
        if (directory is null) return [];
        try
        {
            return [.. Directory.EnumerateFiles($"/proc/self/fd/{directory.DangerousGetHandle()}")
                .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public void Dispose() => _ = Libc.Close(_root);
}
