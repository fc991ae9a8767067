using System.Buffers.Binary;
using System.Net;

namespace Fleet.Agent.Sensors;

/// <summary>An IP address as a value: as a key it makes no garbage. IPv4 in IPv6 clothes is IPv4.</summary>
internal readonly record struct NetAddress(ulong High, ulong Low, bool IsV4)
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    public static NetAddress V4(ReadOnlySpan<byte> network) => new(0, BinaryPrimitives.ReadUInt32BigEndian(network), true);

    public static NetAddress V6(ReadOnlySpan<byte> network)
    {
        var (high, low) = (BinaryPrimitives.ReadUInt64BigEndian(network), BinaryPrimitives.ReadUInt64BigEndian(network[8..]));
        return high == 0 && (low & 0xFFFF_FFFF_0000_0000) == MappedPrefix ? new(0, (uint)low, true) : new(high, low, false);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return new IPAddress(IsV4 ? bytes[12..] : bytes).ToString();
    }
}
