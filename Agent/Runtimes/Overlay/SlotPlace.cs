using System.Globalization;
using System.Net;
using Fleet.Agent.Delivery;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Where everything of one slot is, and how it is called.</summary>
internal sealed record SlotPlace(DeliveryOptions Options, string Instance, SlotState Slot)
{
    public string Home => Path.Combine(Options.DataDirectory, "instances", Instance, "slots", Slot.Id.ToString(CultureInfo.InvariantCulture));
    public string Upper => Path.Combine(Home, "upper");
    public string Work => Path.Combine(Home, "work");

    /// <summary>Where the slot's root is mounted, in the slot's own mount namespace only.</summary>
    public string MountPoint => Path.Combine(Home, "root");

    /// <summary>Name of the network namespace while the slot starts.</summary>
    public string Net => Path.Combine(Home, "net");

    /// <summary>What the service writes to its standard output and error.</summary>
    public string Log => Path.Combine(Home, "log");

    /// <summary>Remembers the slot's place in the address pool.</summary>
    public string NetworkFile => Path.Combine(Home, "network");

    /// <summary>The instance's volumes, which outlive its slots.</summary>
    public string Volumes => Path.Combine(Options.DataDirectory, "instances", Instance, "volumes");

    public string VolumeOf(string volume) => Path.Combine(Volumes, volume);

    /// <summary>Path below each cgroup hierarchy.</summary>
    public string Cgroup => $"/{Options.Scope}/{Instance}/{Slot.Id}";

    public string Link => $"{Options.Scope}-{Network}";

    public IPAddress HostAddress => Pool.Address(Options.AddressPool, Network, 1);

    public IPAddress SlotAddress => Pool.Address(Options.AddressPool, Network, 2);

    private int Network => Slot.Network ?? throw new InvalidOperationException($"slot {Slot.Id} of {Instance} has no address yet");
}

/// <summary>The address pool: four addresses for each slot, of which the host has the second and the slot the third.</summary>
internal static class Pool
{
    public static int Size(IPNetwork pool) => 1 << (30 - pool.PrefixLength);

    public static IPAddress Address(IPNetwork pool, int network, int host)
    {
        var bytes = pool.BaseAddress.GetAddressBytes();
        var address = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) + (uint)((network * 4) + host);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes);
    }
}
