using Fleet.Protocol.V1;

namespace Fleet.Agent.Sensors;

/// <summary>Tells who listens where, and which process it is.</summary>
internal sealed class ListeningSensor
{
    private readonly Dictionary<uint, int> _owners = [];

    /// <summary>The listening sockets among these. Pid 0: nobody that may be asked holds it.</summary>
    /// <param name="pids">The processes that may hold them.</param>
    public IEnumerable<ListeningSocket> Read(SocketView sockets, IReadOnlyList<int> pids)
    {
        var listening = sockets.Tcp.Where(socket => socket.IsListening).Select(socket => (Protocol: "tcp", Socket: socket))
            .Concat(sockets.Udp.Where(socket => socket.LocalPort != 0).Select(socket => (Protocol: "udp", Socket: socket)))
            .ToArray();
        if (listening.Any(one => !_owners.TryGetValue(one.Socket.Inode, out var owner) || (owner != 0 && !pids.Contains(owner))))
        {
            foreach (var (_, socket) in listening) _owners[socket.Inode] = 0;
            FindOwners(pids);
        }

        return listening
            .Select(one => new ListeningSocket
            {
                Protocol = one.Protocol,
                Address = one.Socket.Local.ToString(),
                Port = one.Socket.LocalPort,
                Pid = (uint)_owners.GetValueOrDefault(one.Socket.Inode),
            })
            .OrderBy(one => one.Protocol, StringComparer.Ordinal).ThenBy(one => one.Port).ThenBy(one => one.Address, StringComparer.Ordinal)
            .DistinctBy(one => (one.Protocol, one.Port, one.Address, one.Pid)); // SO_REUSEPORT: one process, several sockets
    }

    /// <summary>Forgets sockets, so that what is gone takes no room; called when slots change.</summary>
    public void Forget() => _owners.Clear();

    // The first process that holds a socket stands for it: that is the parent, which opened it.
    private void FindOwners(IReadOnlyList<int> pids)
    {
        foreach (var pid in pids.Order())
        {
            try
            {
                foreach (var descriptor in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd"))
                {
                    if (Inode(new FileInfo(descriptor).LinkTarget) is { } inode && _owners.TryGetValue(inode, out var owner) && owner == 0)
                        _owners[inode] = pid;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone, or not ours to look into: then nobody is named.
            }
        }
    }

    private static uint? Inode(string? target) =>
        target is not null && target.StartsWith("socket:[", StringComparison.Ordinal) && uint.TryParse(target.AsSpan(8).TrimEnd(']'), out var inode) ? inode : null;
}
