using Fleet.Protocol.V1;

namespace Fleet.Agent.Sensors;

/// <summary>
/// Turns counters per connection into bytes per peer since the last look. Connections to a port that the instance listens on
/// are told by peer address and that port; those that it opened itself by "address:port" of the peer and local port 0, so
/// that the random ports of one side don't make every connection an edge of its own.
/// </summary>
internal sealed class TrafficLedger
{
    private const int MostPeers = 256;
    private Dictionary<(string Slot, ulong Cookie), (ulong Sent, ulong Received)> _last = [];
    private Dictionary<(string Slot, ulong Cookie), (ulong Sent, ulong Received)> _next = [];
    private readonly HashSet<string> _known = [];

    /// <summary>Bytes since the last look.</summary>
    /// <param name="slots">Sockets by slot. In the first look at a slot its connections only set the mark.</param>
    public List<PeerTraffic> Next(IReadOnlyList<(string Slot, IReadOnlyList<DiagSocket> Sockets)> slots)
    {
        var sums = new Dictionary<(NetAddress Peer, ushort RemotePort, ushort LocalPort), (uint Connections, Traffic Bytes)>();
        foreach (var (slot, sockets) in slots)
        {
            var isNew = _known.Add(slot);
            var listening = sockets.Where(socket => socket.IsListening).Select(socket => socket.LocalPort).ToHashSet();
            foreach (var socket in sockets)
            {
                if (socket is { IsListening: true } or not { BytesAcknowledged: not null, BytesReceived: not null }) continue;
                var (sent, received) = (socket.BytesAcknowledged.Value, socket.BytesReceived.Value);
                (ulong Sent, ulong Received) before = _last.TryGetValue((slot, socket.Cookie), out var mark) ? mark : isNew ? (sent, received) : default;
                _next[(slot, socket.Cookie)] = (sent, received);

                var key = listening.Contains(socket.LocalPort) ? (socket.Remote, (ushort)0, socket.LocalPort) : (socket.Remote, socket.RemotePort, (ushort)0);
                var sum = sums.GetValueOrDefault(key);
                sums[key] = (sum.Connections + 1, sum.Bytes + new Traffic(Since(received, before.Received), Since(sent, before.Sent)));
            }
        }

        _known.IntersectWith(slots.Select(slot => slot.Slot));
        (_last, _next) = (_next, _last);
        _next.Clear();
        return Report(sums);
    }

    private static List<PeerTraffic> Report(Dictionary<(NetAddress Peer, ushort RemotePort, ushort LocalPort), (uint Connections, Traffic Bytes)> sums)
    {
        var peers = sums
            .OrderByDescending(sum => sum.Value.Bytes.In + sum.Value.Bytes.Out)
            .ThenBy(sum => sum.Key.Peer.High).ThenBy(sum => sum.Key.Peer.Low).ThenBy(sum => sum.Key.RemotePort).ThenBy(sum => sum.Key.LocalPort)
            .Take(MostPeers)
            .Select(sum => new PeerTraffic
            {
                Peer = Name(sum.Key.Peer, sum.Key.RemotePort),
                LocalPort = sum.Key.LocalPort,
                Connections = sum.Value.Connections,
                BytesSent = sum.Value.Bytes.Out,
                BytesReceived = sum.Value.Bytes.In,
            });
        return [.. peers];
    }

    private static string Name(NetAddress peer, ushort port) => port == 0 ? peer.ToString() : peer.IsV4 ? $"{peer}:{port}" : $"[{peer}]:{port}";

    private static ulong Since(ulong now, ulong before) => now >= before ? now - before : now;
}
