using Fleet.Agent.Identity;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Agent.Link;

/// <summary>What was found wrong with the spool's file when it was opened.</summary>
/// <param name="Torn">Bytes cut from its end: a write that never finished, so nobody was told that it was kept.</param>
/// <param name="Damaged">Bytes between sound frames that can't be read; the file is kept aside.</param>
internal readonly record struct SpoolDamage(long Torn, long Damaged);

/// <summary>The spool's file: frames, one after the other, only ever appended; rewritten whole and by rename when it grew.</summary>
internal sealed class SpoolFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _path;
    private SafeFileHandle _file;

    private SpoolFile(string path, SafeFileHandle file, long length) => (_path, _file, Length) = (path, file, length);

    /// <summary>Bytes of sound frames.</summary>
    public long Length { get; private set; }

    /// <summary>Opens or makes the file, cuts a torn end, and steps over damage.</summary>
    public static SpoolFile Open(string path, out List<SpoolFrame> frames, out SpoolDamage damage)
    {
        var isNew = !File.Exists(path);
        var content = isNew ? [] : File.ReadAllBytes(path);
        frames = Read(content, out var end, out var damaged);
        damage = new(content.Length - end, damaged);
        if (damaged > 0) File.Copy(path, path + ".damaged", overwrite: true);

        var handle = OpenHandle(path);
        if (damage.Torn > 0)
        {
            RandomAccess.SetLength(handle, end);
            RandomAccess.FlushToDisk(handle);
        }

        if (isNew) DurableFile.FlushDirectory(Path.GetDirectoryName(path)!);
        return new(path, handle, end);
    }

    /// <summary>Writes a frame at the end. When this throws, the frame is not there.</summary>
    /// <param name="durable">Returns only when a power cut can't take it back.</param>
    public void Append(SpoolFrame frame, bool durable)
    {
        try
        {
            RandomAccess.Write(_file, frame.Write(), Length);
            if (durable) RandomAccess.FlushToDisk(_file);
        }
        catch
        {
            RandomAccess.SetLength(_file, Length);
            throw;
        }

        Length += frame.Length;
    }

    /// <summary>Replaces the file by one with only these frames. When this throws, the file is the old one or the new one, whole.</summary>
    public void Rewrite(IEnumerable<SpoolFrame> frames)
    {
        var content = new MemoryStream();
        foreach (var frame in frames) content.Write(frame.Write());
        try
        {
            DurableFile.Write(_path, content.GetBuffer().AsSpan(0, (int)content.Length), OwnerOnly);
        }
        finally
        {
            _file.Dispose();
            _file = OpenHandle(_path);
            Length = RandomAccess.GetLength(_file);
        }
    }

    public void Dispose() => _file.Dispose();

    private static SafeFileHandle OpenHandle(string path)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        File.SetUnixFileMode(handle, OwnerOnly);
        return handle;
    }

    private static List<SpoolFrame> Read(ReadOnlyMemory<byte> content, out int end, out long damaged)
    {
        var frames = new List<SpoolFrame>();
        (end, damaged) = (0, 0);
        for (var at = 0; at < content.Length; at++)
        {
            if (!SpoolFrame.TryRead(content[at..], out var frame)) continue;
            // Bytes before a sound frame were whole once: that is damage. Bytes after the last one are an unfinished write.
            damaged += at - end;
            frames.Add(frame);
            end = at + frame.Length;
            at = end - 1;
        }

        return frames;
    }
}
