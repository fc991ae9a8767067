using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Engine.Storage;

/// <summary>SHA-256 over everything a row says, its key included, so that a row that was changed or moved is recognised.</summary>
internal static class RowChecksum
{
    public static byte[] Of(string grain, string name, ReadOnlySpan<long> numbers, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(grain));
        Append(hash, Encoding.UTF8.GetBytes(name));
        foreach (var number in numbers) AppendNumber(hash, number);
        Append(hash, body);
        return hash.GetHashAndReset();
    }

    public static void Verify(string table, string grain, string name, ReadOnlySpan<long> numbers, ReadOnlySpan<byte> body, ReadOnlySpan<byte> stored)
    {
        if (!stored.SequenceEqual(Of(grain, name, numbers, body)))
            throw new StateStoreException($"The {table} '{name}' of grain {grain} is damaged: its checksum does not match. Restore it from a backup, or delete the row to start it afresh.");
    }

    /// <summary>With its length in front, so that no two different rows run together into the same bytes.</summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        AppendNumber(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
