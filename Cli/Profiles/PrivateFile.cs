namespace Fleet.Cli;

/// <summary>Files that hold a secret: never readable by others, not even for the moment in which they are written.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory that only its owner may enter; one that is there stays as it is.</summary>
    public static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>Writes all of it, or nothing: aside first, then renamed.</summary>
    /// <exception cref="IOException">There is one already, and it is not to be replaced.</exception>
    public static void Write(string file, ReadOnlySpan<byte> content, bool replace)
    {
        var aside = $"{file}.{Environment.ProcessId}.new";
        File.Delete(aside);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            // Elsewhere a user's own directory is private by itself.
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(aside, file, replace);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
