using System.Buffers.Binary;

namespace Fleet.Analytics;

/// <summary>Writes a model's state, little-endian, into a buffer that is large enough.</summary>
internal ref struct Packer(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Length { get; private set; }

    public void Byte(byte value) => _buffer[Length++] = value;

    public void Half(float value)
    {
        BinaryPrimitives.WriteHalfLittleEndian(_buffer[Length..], (Half)value);
        Length += 2;
    }

    public void Single(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(_buffer[Length..], value);
        Length += 4;
    }

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer[Length..], value);
        Length += 8;
    }

    public void Short(short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(_buffer[Length..], value);
        Length += 2;
    }

    public void Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer[Length..], value);
        Length += 4;
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer[Length..], value);
        Length += 8;
    }
}

/// <summary>Reads what <see cref="Packer"/> wrote.</summary>
internal ref struct Unpacker(ReadOnlySpan<byte> buffer)
{
    private readonly ReadOnlySpan<byte> _buffer = buffer;
    private int _at;

    public byte Byte() => _buffer[_at++];

    public float Half() => (float)BinaryPrimitives.ReadHalfLittleEndian(Take(2));

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public short Short() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    private ReadOnlySpan<byte> Take(int bytes) => _buffer.Slice((_at += bytes) - bytes, bytes);
}
