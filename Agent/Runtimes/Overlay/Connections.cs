using System.Globalization;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Counts the established connections of a slot's service, in its own network namespace.</summary>
internal static class Connections
{
    private const string Established = "01";

    public static int Of(SlotPlace place, int init)
    {
        var ports = place.Slot.Stack.Service.Ports.Where(p => p.Protocol == "tcp").Select(p => p.Port).ToHashSet();
        return Count(ProcessEntry.Text(init, "net/tcp"), ports) + Count(ProcessEntry.Text(init, "net/tcp6"), ports);
    }

    // Fields of a line: number, local address:port in hexadecimal, remote address:port, state.
    internal static int Count(string? table, IReadOnlySet<int> ports) => (table ?? "").Split('\n').Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(f => f.Length > 3 && f[3] == Established
            && ports.Contains(int.Parse(f[1].AsSpan(f[1].LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
}
