namespace Fleet.Agent.Sensors;

/// <summary>The sockets of one network namespace.</summary>
internal sealed record SocketView(IReadOnlyList<DiagSocket> Tcp, IReadOnlyList<DiagSocket> Udp);

/// <summary>Asks the kernel, by sock_diag, which sockets a network namespace has.</summary>
/// <remarks>
/// A netlink socket belongs to the namespace that its thread was in when it was made. It also keeps that namespace alive, so it
/// is closed after each look: a slot that is taken down must really go.
/// </remarks>
internal sealed unsafe class SocketSensor
{
    private const int Netlink = 16, RawCloseOnExec = 3 | 0x80000, SocketDiagnostics = 4;
    private const int SocketLevel = 1, ReceiveTimeout = 20;
    private readonly byte[] _buffer = new byte[64 << 10];

    /// <summary>Looks into the namespaces of these processes; null for one that is gone or can't be entered.</summary>
    public SocketView?[] Read(IReadOnlyList<int> pids)
    {
        var sockets = new int[pids.Count];
        Array.Fill(sockets, -1);
        // A thread that entered a namespace is of no use to others: make one, use it, let it end.
        var thread = new Thread(() => Open(pids, sockets), maxStackSize: 128 << 10) { IsBackground = true, Name = "namespaces" };
        thread.Start();
        thread.Join();

        var views = new SocketView?[pids.Count];
        for (var i = 0; i < sockets.Length; i++)
        {
            if (sockets[i] < 0) continue;
            try { views[i] = Look(sockets[i]); }
            finally { _ = Libc.Close(sockets[i]); }
        }

        return views;
    }

    private static void Open(IReadOnlyList<int> pids, int[] sockets)
    {
        for (var i = 0; i < sockets.Length; i++)
        {
            var space = Libc.Open($"/proc/{pids[i]}/ns/net", Libc.OpenReadOnly | Libc.OpenCloseOnExec);
            if (space < 0) continue;
            if (Libc.SetNamespace(space, Libc.NewNetworkNamespace) == 0)
                sockets[i] = Libc.Socket(Netlink, RawCloseOnExec, SocketDiagnostics);
            _ = Libc.Close(space);
        }
    }

    private SocketView? Look(int socket)
    {
        var (tcp, udp) = (new List<DiagSocket>(), new List<DiagSocket>());
        var oneSecond = stackalloc long[] { 1, 0 };
        _ = Libc.SetSocketOption(socket, SocketLevel, ReceiveTimeout, oneSecond, sizeof(long) * 2);
        var good = Dump(socket, DiagFormat.InterNetwork, DiagFormat.Tcp, tcp) & Dump(socket, DiagFormat.InterNetworkV6, DiagFormat.Tcp, tcp)
            & Dump(socket, DiagFormat.InterNetwork, DiagFormat.Udp, udp) & Dump(socket, DiagFormat.InterNetworkV6, DiagFormat.Udp, udp);
        return good ? new(tcp, udp) : null;
    }

    private bool Dump(int socket, byte family, byte protocol, List<DiagSocket> sockets)
    {
        Span<byte> request = stackalloc byte[DiagFormat.RequestLength];
        DiagFormat.WriteRequest(request, family, protocol);
        fixed (byte* bytes = request)
            if (Libc.Send(socket, bytes, request.Length, 0) != request.Length) return false;

        while (true)
        {
            nint count;
            fixed (byte* bytes = _buffer) count = Libc.Receive(socket, bytes, _buffer.Length, 0);
            if (count <= 0) return false;
            if (DiagFormat.Read(_buffer.AsSpan(0, (int)count), sockets) is var end and not DiagEnd.More) return end == DiagEnd.Done;
        }
    }
}
