using System.Buffers.Binary;
using System.Numerics;

namespace Fleet.Agent.Link;

/// <summary>What a frame of the spool's file says.</summary>
internal enum FrameKind : byte
{
    /// <summary>A report that must reach the engine.</summary>
    Report = 1,

    /// <summary>The engine stored everything up to and including this sequence.</summary>
    Acknowledged = 2,

    /// <summary>This sequence was the last one given; numbers go on after it.</summary>
    Counter = 3,
}

/// <summary>One frame of the spool's file: magic, version, kind, length, sequence, CRC-32C over all of it, payload.</summary>
internal readonly record struct SpoolFrame(FrameKind Kind, ulong Sequence, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Bytes before the payload.</summary>
    public const int Header = 20;

    /// <summary>The longest payload; anything longer in a file is damage.</summary>
    public const int Longest = 3 << 20;

    private const byte Magic0 = (byte)'F', Magic1 = (byte)'s', Version = 1;
    private const int ChecksumAt = 16;

    /// <summary>Bytes of the frame in the file.</summary>
    public int Length => Header + Payload.Length;

    /// <summary>The frame as it stands in the file.</summary>
    public byte[] Write()
    {
        var bytes = new byte[Length];
        (bytes[0], bytes[1], bytes[2], bytes[3]) = (Magic0, Magic1, Version, (byte)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Sequence);
        Payload.Span.CopyTo(bytes.AsSpan(Header));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumAt), Checksum(bytes));
        return bytes;
    }

    /// <summary>Reads the frame that begins here; false when there is no whole and sound one.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, out SpoolFrame frame)
    {
        frame = default;
        var bytes = file.Span;
        if (bytes.Length < Header || bytes[0] != Magic0 || bytes[1] != Magic1 || bytes[2] != Version) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (length is < 0 or > Longest || bytes.Length - Header < length) return false;
        if (Checksum(bytes[..(Header + length)]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..])) return false;

        frame = new((FrameKind)bytes[3], BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), file.Slice(Header, length));
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame) => Crc(Crc(uint.MaxValue, frame[..ChecksumAt]), frame[Header..]);

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
