namespace Fleet.Images;

/// <summary>A directory for intermediate files, gone when disposed.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fleet-").FullName;
    private int _count;

    /// <summary>A new empty directory in it.</summary>
    public string Next() => Directory.CreateDirectory(Path.Combine(_root, $"{++_count}"), UnixFileModes.Directory).FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
