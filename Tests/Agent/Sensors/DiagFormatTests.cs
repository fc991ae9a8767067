using System.Buffers.Binary;
using FsCheck.Xunit;

namespace Fleet.Agent.Sensors;

public sealed class DiagFormatTests
{
    [Fact]
    public void A_connection_is_read_with_its_bytes()
    {
        var sockets = new List<DiagSocket>();
        Assert.Equal(DiagEnd.Done, DiagFormat.Read([.. Message(20, Connection(acknowledged: 5000, received: 70)), .. Message(3, new byte[4])], sockets));

        var socket = Assert.Single(sockets);
        Assert.Equal(("10.0.0.2", 443, "192.168.7.9", 50_000), (socket.Local.ToString(), socket.LocalPort, socket.Remote.ToString(), socket.RemotePort));
        Assert.Equal((5000UL, 70UL, 4711u, 99UL), (socket.BytesAcknowledged, socket.BytesReceived, socket.Inode, socket.Cookie));
    }

    [Fact]
    public void An_answer_that_is_refused_or_cut_is_no_empty_answer()
    {
        Assert.Equal(DiagEnd.Failed, DiagFormat.Read(Message(2, new byte[20]), []));
        var message = Message(20, Connection(1, 1));
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length + 100);
        Assert.Equal(DiagEnd.Failed, DiagFormat.Read(message, []));
    }

    [Fact]
    public void Addresses_are_written_as_people_know_them()
    {
        Assert.Equal("127.0.0.1", NetAddress.V4([127, 0, 0, 1]).ToString());
        Assert.Equal("::1", NetAddress.V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]).ToString());
        Assert.Equal(NetAddress.V4([10, 1, 2, 3]), NetAddress.V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3]));
    }

    [Property(MaxTest = 3000)]
    public void Whatever_the_kernel_would_answer_nothing_throws(byte[] noise, int at)
    {
        byte[] real = [.. Message(20, Connection(1, 2)), .. Message(20, Connection(3, 4))];
        var cut = (int)((uint)at % (uint)real.Length);
        DiagFormat.Read(noise, []);
        DiagFormat.Read([.. real.AsSpan(..cut), .. noise], []);
        if (noise.Length > 0) real[cut] = noise[0];
        DiagFormat.Read(real, []);
    }

    private static byte[] Message(ushort type, byte[] body)
    {
        var message = new byte[16 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        body.CopyTo(message, 16);
        return message;
    }

    private static byte[] Connection(ulong acknowledged, ulong received)
    {
        var body = new byte[72 + 4 + 232];
        (body[0], body[1]) = (2, 1);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(4), 443);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(6), 50_000);
        ((byte[])[10, 0, 0, 2]).CopyTo(body, 8);
        ((byte[])[192, 168, 7, 9]).CopyTo(body, 24);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(44), 99);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(68), 4711);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(72), 4 + 232);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(74), 2);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(76 + 120), acknowledged);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(76 + 128), received);
        return body;
    }
}
