using System.Net;
using System.Security.Cryptography;

namespace Fleet.Agent.Delivery;

/// <summary>What delivery needs to know of its device.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Where instances, layers and content are kept; absolute, without ':' and ','.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Public keys of the publishers whose patches are believed: ECDSA P-256.</summary>
    public required IReadOnlyCollection<ECDsa> PublisherKeys { get; init; }

    /// <summary>
    /// Names what is made on the device: nftables table, cgroup, and prefix of network links. Up to 8 lower-case letters and
    /// digits; two agents on one device need two, and two address pools.
    /// </summary>
    public string Scope { get; init; } = "fleet";

    /// <summary>Addresses for slots, four for each.</summary>
    public IPNetwork AddressPool { get; init; } = IPNetwork.Parse("10.213.0.0/16");

    /// <summary>The program that is process 1 of every slot: Debian's tini-static.</summary>
    public string Init { get; init; } = "/usr/bin/tini-static";

    /// <summary>A static busybox, which sets a slot up once no program of the host is in reach: Debian's busybox-static.</summary>
    public string Busybox { get; init; } = "/bin/busybox";
}
