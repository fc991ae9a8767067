using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>
/// Leads host ports to slots by nftables destination NAT. A switch is one transaction of the kernel: before it every new
/// connection goes to the old slot, after it every one goes to the new one, and established ones stay where they are.
/// </summary>
/// <remarks>
/// A new connection that the kernel did not lead, for whatever reason, would be refused by the device itself, where nobody
/// listens. It is dropped instead, so that its client tries again after a second: decision 0007.
/// </remarks>
internal sealed class Traffic(DeliveryOptions options)
{
    private const string Forwarding = "/proc/sys/net/ipv4/ip_forward";
    private static readonly string[] Protocols = ["tcp", "udp"];

    // Reads the map, then replaces what differs: two writers would tread on each other.
    private readonly Gate _gate = new();

    /// <summary>Makes the table and lets the device forward. Safe to repeat: what leads somewhere goes on doing so.</summary>
    public async Task Open(CancellationToken cancel)
    {
        await Nft(
            $$"""
            table ip {{options.Scope}} {
              map tcp_ports { type inet_service : ipv4_addr . inet_service; }
              map udp_ports { type inet_service : ipv4_addr . inet_service; }
              chain prerouting { type nat hook prerouting priority dstnat; policy accept; }
              chain output { type nat hook output priority -100; policy accept; }
              chain input { type filter hook input priority filter; policy accept; }
              chain postrouting { type nat hook postrouting priority srcnat; policy accept; }
            }
            flush chain ip {{options.Scope}} prerouting
            flush chain ip {{options.Scope}} output
            flush chain ip {{options.Scope}} input
            flush chain ip {{options.Scope}} postrouting
            table ip {{options.Scope}} {
              chain prerouting {
                fib daddr type local dnat ip to tcp dport map @tcp_ports
                fib daddr type local dnat ip to udp dport map @udp_ports
              }
              chain output {
                fib daddr type local dnat ip to tcp dport map @tcp_ports
                fib daddr type local dnat ip to udp dport map @udp_ports
              }
              chain input {
                ct status dnat return
                tcp flags & (syn | ack) == syn tcp dport @tcp_ports counter drop
                udp dport @udp_ports counter drop
              }
              chain postrouting {
                ip saddr 127.0.0.0/8 oifname "{{options.Scope}}-*" masquerade
                ip saddr {{options.AddressPool}} ip daddr != {{options.AddressPool}} masquerade
              }
            }

            """, cancel);
        // What still comes for a slot that is gone is refused at once; without this it would leave by the default route.
        (await Tool.Run("ip", ["route", "replace", "unreachable", options.AddressPool.ToString()], cancel)).Require();
        await ForwardFilter.Open(options, cancel);
        if ((await File.ReadAllTextAsync(Forwarding, cancel)).Trim() == "1") return;
        await File.WriteAllTextAsync(MarkOf(options), "", cancel);
        await File.WriteAllTextAsync(Forwarding, "1", cancel);
    }

    /// <summary>Leads these ports to a slot, and every other one of the instance's nowhere, in one transaction.</summary>
    /// <param name="addresses">All addresses that the instance's slots have.</param>
    /// <exception cref="PortTakenException">Another instance has the port.</exception>
    public async Task Route(ImmutableArray<PublishedPort> ports, SlotPlace? slot, IReadOnlySet<string> addresses, CancellationToken cancel)
    {
        using var turn = await _gate.Enter(cancel);
        var update = new StringBuilder();
        foreach (var protocol in Protocols)
        {
            var wanted = slot is null ? [] : Wanted(ports, slot, protocol);
            var present = await Read(protocol, cancel);
            foreach (var (port, (address, to)) in present.Where(p => addresses.Contains(p.Value.Address)))
                if (!wanted.TryGetValue(port, out var target) || target != (address, to)) update.AppendLine(CultureInfo.InvariantCulture, $"delete element ip {options.Scope} {protocol}_ports {{ {port} }}");
            foreach (var (port, (address, to)) in wanted)
            {
                if (present.TryGetValue(port, out var now) && now == (address, to)) continue;
                if (now != default && !addresses.Contains(now.Address)) throw new PortTakenException(port);
                update.AppendLine(CultureInfo.InvariantCulture, $"add element ip {options.Scope} {protocol}_ports {{ {port} : {address} . {to} }}");
            }
        }
        if (update.Length > 0) await Nft(update.ToString(), cancel);
    }

    /// <summary>Refuses ports that another instance has, also one of another agent on this device.</summary>
    /// <exception cref="PortTakenException">One of them is taken.</exception>
    public async Task RequireFree(ImmutableArray<PublishedPort> ports, SlotPlace slot, IReadOnlySet<string> addresses, CancellationToken cancel)
    {
        using var json = JsonDocument.Parse((await Tool.Run("nft", ["--json", "list", "maps", "ip"], cancel)).Require().Output);
        var maps = json.RootElement.GetProperty("nftables").EnumerateArray().Where(e => e.TryGetProperty("map", out _)).Select(e => e.GetProperty("map")).ToArray();
        foreach (var protocol in Protocols)
        {
            var wanted = Wanted(ports, slot, protocol);
            foreach (var map in maps.Where(m => m.GetProperty("name").GetString() == $"{protocol}_ports"))
            {
                // Two that lead the same port would take turns at being first, without a word.
                var ours = map.GetProperty("table").GetString() == options.Scope;
                foreach (var (port, (address, _)) in Elements(map))
                    if (wanted.ContainsKey(port) && !(ours && addresses.Contains(address))) throw new PortTakenException(port);
            }
        }
    }

    /// <summary>Removes the table and the route, and ends forwarding if it was begun for us. Safe to repeat.</summary>
    public static async Task Remove(DeliveryOptions options, CancellationToken cancel)
    {
        await ForwardFilter.Remove(options, cancel);
        await Tool.Run("nft", ["delete", "table", "ip", options.Scope], cancel);
        await Tool.Run("ip", ["route", "delete", "unreachable", options.AddressPool.ToString()], cancel);
        if (!File.Exists(MarkOf(options))) return;
        await File.WriteAllTextAsync(Forwarding, "0", cancel);
        File.Delete(MarkOf(options));
    }

    private static string MarkOf(DeliveryOptions options) => Path.Combine(options.DataDirectory, "runtime", "forwarding-begun");

    private static Dictionary<int, (string Address, int Port)> Wanted(ImmutableArray<PublishedPort> ports, SlotPlace slot, string protocol) => ports
        .Select(p => (p.HostPort, To: slot.Slot.Stack.Service.Ports.First(s => s.Name == p.ServicePort)))
        .Where(p => p.To.Protocol == protocol)
        .ToDictionary(p => p.HostPort, p => (slot.SlotAddress.ToString(), p.To.Port));

    private async Task<Dictionary<int, (string Address, int Port)>> Read(string protocol, CancellationToken cancel)
    {
        var said = (await Tool.Run("nft", ["--json", "list", "map", "ip", options.Scope, $"{protocol}_ports"], cancel)).Require().Output;
        using var json = JsonDocument.Parse(said);
        return Elements(json.RootElement.GetProperty("nftables").EnumerateArray().First(e => e.TryGetProperty("map", out _)).GetProperty("map"));
    }

    private static Dictionary<int, (string Address, int Port)> Elements(JsonElement map)
    {
        var present = new Dictionary<int, (string, int)>();
        if (!map.TryGetProperty("elem", out var elements)) return present;
        foreach (var element in elements.EnumerateArray())
        {
            var to = element[1].GetProperty("concat");
            present[element[0].GetInt32()] = (to[0].GetString()!, to[1].GetInt32());
        }
        return present;
    }

    private static async Task Nft(string transaction, CancellationToken cancel) =>
        (await Tool.Run("nft", ["--file", "-"], cancel, transaction)).Require();
}

/// <summary>Another instance has this host port.</summary>
internal sealed class PortTakenException(int port) : Exception($"host port {port} leads to another instance");
