using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>
/// Which slot has which place in the address pool. Only the slots' own files tell, by their exact paths; what a service wrote
/// into its upper directory or its volumes is never looked at. A place that can't be read is nobody's to give away.
/// </summary>
internal sealed class Networks(DeliveryOptions options)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int LongestNumber = 11;

    private readonly Lock _lock = new();

    /// <summary>The place that the slot has, or the lowest free one, which is the slot's from now on, also over a power cut.</summary>
    /// <exception cref="IOException">A slot's place can't be read, or all are taken.</exception>
    public int Take(SlotPlace place)
    {
        lock (_lock)
        {
            if (Read(place.NetworkFile) is { } known) return known;
            var taken = new HashSet<int>();
            foreach (var file in Files().Where(f => f != place.NetworkFile))
                taken.Add(Read(file) ?? throw new IOException($"'{file}' can't be read, so it is not known which address that slot has: write the number that its link's name ends in there"));
            var others = OthersAddresses();
            var free = Enumerable.Range(0, Pool.Size(options.AddressPool))
                .Where(n => !taken.Contains(n) && !others.Contains(Pool.Address(options.AddressPool, n, 1))).DefaultIfEmpty(-1).First();
            if (free < 0) throw new IOException($"all addresses of {options.AddressPool} are taken");
            DurableFile.Write(place.NetworkFile, Encoding.ASCII.GetBytes(free.ToString(CultureInfo.InvariantCulture)), OwnerOnly);
            // A slot that comes back after a power cut must come back with its place.
            for (var above = Path.GetDirectoryName(place.Home)!; above.Length > options.DataDirectory.Length; above = Path.GetDirectoryName(above)!)
                DurableFile.FlushDirectory(above);
            return free;
        }
    }

    /// <summary>Whether another slot has, or may have, the place of this one.</summary>
    public bool OtherHas(SlotPlace place) => Files().Where(f => f != place.NetworkFile).Select(Read).Any(n => n is null || n == place.Slot.Network);

    /// <summary>The places of one instance's slots that can be read.</summary>
    public IEnumerable<int> Of(string instance) => Files(instance).Select(Read).OfType<int>();

    // Another agent's slots, or whatever else has an address of the pool: two links with one address lead to either.
    private HashSet<IPAddress> OthersAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(link => !link.Name.StartsWith(options.Scope + "-", StringComparison.Ordinal))
            .SelectMany(link => link.GetIPProperties().UnicastAddresses).Select(address => address.Address),
    ];

    private IEnumerable<string> Files() => Real(Path.Combine(options.DataDirectory, "instances")).Select(d => Path.GetFileName(d)!).SelectMany(Files);

    private IEnumerable<string> Files(string instance) => Real(Path.Combine(options.DataDirectory, "instances", instance, "slots"))
        .Select(slot => Path.Combine(slot, "network"))
        .Where(Path.Exists);

    private static IEnumerable<string> Real(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateDirectories(directory).Where(d => new FileInfo(d).LinkTarget is null) : [];

    // A link leads elsewhere, and what is no plain file has no length: neither is opened.
    private static int? Read(string path) =>
        new FileInfo(path) is { Exists: true, LinkTarget: null, Length: > 0 and <= LongestNumber }
        && int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var network)
            ? network
            : null;
}
