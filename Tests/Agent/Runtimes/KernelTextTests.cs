using System.Net;
using Fleet.Agent.Runtimes.Overlay;

namespace Fleet.Agent.Runtimes;

/// <summary>What the kernel writes, read rightly.</summary>
public class KernelTextTests
{
    [Fact]
    public void Only_deleted_mappings_of_the_replaced_files_count()
    {
        const string maps = """
            5581c000-5581d000 r-xp 00000000 00:2f 1311 /usr/sbin/nginx
            7f10c000-7f10d000 r--p 00000000 00:2f 1312 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
            7f10d000-7f10e000 r-xp 00001000 00:2f 1312 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
            7f10e000-7f10f000 rw-s 00000000 00:01 1313 /dev/zero (deleted)
            7f10f000-7f110000 rw-p 00000000 00:00 0
            7ffc0000-7ffc1000 rw-p 00000000 00:00 0 [stack]

            """;
        Assert.Equal(2, Stale.Count(maps, new HashSet<string> { "/usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)" }));
        Assert.Equal(0, Stale.Count(null, new HashSet<string> { "/x (deleted)" }));
    }

    [Fact]
    public void Only_established_connections_to_the_services_ports_count()
    {
        const string table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
               1: 0200D50A:01BB 0100D50A:E1C2 01 00000000:00000000 00:00000000 00000000     0        0 2 1
               2: 0200D50A:01BB 0100D50A:E1C3 06 00000000:00000000 00:00000000 00000000     0        0 0 3
               3: 0200D50A:E1C4 0100D50A:01BB 01 00000000:00000000 00:00000000 00000000     0        0 4 1

            """;
        Assert.Equal(1, Connections.Count(table, new HashSet<int> { 443 }));
        Assert.Equal(0, Connections.Count(null, new HashSet<int> { 443 }));
    }

    [Theory]
    [InlineData("10.213.0.0/16", 0, "10.213.0.1", "10.213.0.2", 16384)]
    [InlineData("10.213.0.0/16", 16383, "10.213.255.253", "10.213.255.254", 16384)]
    [InlineData("192.168.7.0/30", 0, "192.168.7.1", "192.168.7.2", 1)]
    public void Each_slot_has_four_addresses_of_the_pool(string pool, int network, string host, string slot, int size)
    {
        var parsed = IPNetwork.Parse(pool);
        Assert.Equal((host, slot, size), (Pool.Address(parsed, network, 1).ToString(), Pool.Address(parsed, network, 2).ToString(), Pool.Size(parsed)));
        Assert.True(parsed.Contains(Pool.Address(parsed, network, 3)));
    }
}
