using System.Buffers.Binary;

namespace Fleet.Agent.Sensors;

/// <summary>A socket as sock_diag tells of it.</summary>
/// <param name="Cookie">Names the socket for as long as the machine runs.</param>
/// <param name="BytesAcknowledged">Sent and arrived; null when the kernel gave no tcp_info.</param>
internal readonly record struct DiagSocket(
    byte State, NetAddress Local, ushort LocalPort, NetAddress Remote, ushort RemotePort,
    ulong Cookie, uint Inode, uint User, ulong? BytesAcknowledged, ulong? BytesReceived)
{
    /// <summary>TCP: somebody waits for connections.</summary>
    public bool IsListening => State == DiagFormat.Listen;
}

/// <summary>What a netlink answer turned out to be.</summary>
internal enum DiagEnd
{
    /// <summary>More is to come.</summary>
    More,

    /// <summary>That was all.</summary>
    Done,

    /// <summary>The kernel refused, or the bytes make no sense.</summary>
    Failed,
}

/// <summary>The messages of NETLINK_SOCK_DIAG: see sock_diag(7) and linux/inet_diag.h. Pure.</summary>
internal static class DiagFormat
{
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte InterNetwork = 2;
    public const byte InterNetworkV6 = 10;
    public const byte Closed = 7;
    public const byte Listen = 10;

    /// <summary>Bytes of a request.</summary>
    public const int RequestLength = HeaderLength + 56;

    // All states but SYN_RECV (3), TIME_WAIT (6) and NEW_SYN_RECV (12): those have no process and no bytes.
    private const uint TcpStates = (1 << 1) | (1 << 2) | (1 << 4) | (1 << 5) | (1 << 8) | (1 << 9) | (1 << Listen) | (1 << 11);
    private const uint UdpStates = 1 << Closed;
    private const int HeaderLength = 16;
    private const int SocketLength = 72;
    private const ushort ByFamily = 20, Error = 2, Done = 3;
    private const ushort RequestDump = 0x301;
    private const byte InfoAttribute = 2;
    // Offsets in tcp_info: the kernel only ever adds at the end.
    private const int InfoBytesAcknowledged = 120, InfoBytesReceived = 128;

    /// <summary>Asks for all sockets of one family and protocol.</summary>
    public static void WriteRequest(Span<byte> request, byte family, byte protocol)
    {
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, RequestLength);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], ByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], RequestDump);
        var body = request[HeaderLength..];
        (body[0], body[1], body[2]) = (family, protocol, 1 << (InfoAttribute - 1));
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], protocol == Tcp ? TcpStates : UdpStates);
    }

    /// <summary>Reads one datagram of an answer.</summary>
    public static DiagEnd Read(ReadOnlySpan<byte> datagram, ICollection<DiagSocket> sockets)
    {
        while (datagram.Length >= HeaderLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(datagram);
            var type = BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]);
            if (length < HeaderLength || length > datagram.Length || type == Error) return DiagEnd.Failed;
            if (type == Done) return DiagEnd.Done;
            if (type == ByFamily && length >= HeaderLength + SocketLength) sockets.Add(Socket(datagram[HeaderLength..length]));
            datagram = datagram[Math.Min(datagram.Length, Aligned(length))..];
        }

        return DiagEnd.More;
    }

    private static DiagSocket Socket(ReadOnlySpan<byte> body)
    {
        var (family, state) = (body[0], body[1]);
        var id = body[4..];
        var attributes = body[SocketLength..];
        ulong? acknowledged = null, received = null;
        while (attributes.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            var type = BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]);
            if (length < 4 || length > attributes.Length) break;
            var info = attributes[4..length];
            if (type == InfoAttribute && info.Length >= InfoBytesReceived + 8)
            {
                acknowledged = BinaryPrimitives.ReadUInt64LittleEndian(info[InfoBytesAcknowledged..]);
                received = BinaryPrimitives.ReadUInt64LittleEndian(info[InfoBytesReceived..]);
            }

            attributes = attributes[Math.Min(attributes.Length, Aligned(length))..];
        }

        return new(
            state, Address(family, id[4..]), BinaryPrimitives.ReadUInt16BigEndian(id),
            Address(family, id[20..]), BinaryPrimitives.ReadUInt16BigEndian(id[2..]),
            BinaryPrimitives.ReadUInt64LittleEndian(id[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(body[68..]), BinaryPrimitives.ReadUInt32LittleEndian(body[64..]),
            acknowledged, received);
    }

    private static NetAddress Address(byte family, ReadOnlySpan<byte> bytes) =>
        family == InterNetwork ? NetAddress.V4(bytes) : NetAddress.V6(bytes);

    private static int Aligned(int length) => length > int.MaxValue - 3 ? int.MaxValue : (length + 3) & ~3;
}
