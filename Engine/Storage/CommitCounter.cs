using System.Buffers.Binary;

namespace Fleet.Engine.Storage;

/// <summary>
/// The number of the last durable transaction, in a file of its own. SQLite ends its recovery at a damaged frame of the log
/// without an error; what lies behind it is then gone, and only this file knows that it was there.
/// </summary>
/// <remarks>
/// It is written after each commit and not synced: after a power cut it may be older than the database, never newer. So a
/// counter that is ahead of the database always means that something acknowledged is missing.
/// </remarks>
internal sealed class CommitCounter : IDisposable
{
    public const string Name = "fleet.commits";
    private const int Size = 16;

    private readonly FileStream file;
    private readonly byte[] bytes = new byte[Size];

    public CommitCounter(string path) => file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

    /// <summary>The number in a file; 0 when there is none, or when it was cut in the middle of a write.</summary>
    public static long Read(string path)
    {
        if (!File.Exists(path)) return 0;
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length != Size) return 0;
        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(sizeof(long))) == ~number ? number : 0;
    }

    /// <summary>Notes that all up to this number is durable. A disk that can't take it leaves the check weaker, not the data.</summary>
    public void Note(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(sizeof(long)), ~number);
        try
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, 0);
        }
        catch (IOException)
        {
            // The database has taken the transaction; the counter stays behind, which is harmless.
        }
    }

    public void Dispose() => file.Dispose();
}
