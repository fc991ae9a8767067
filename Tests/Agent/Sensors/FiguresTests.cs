using FsCheck.Xunit;

namespace Fleet.Agent.Sensors;

public sealed class FiguresTests
{
    [Fact]
    public void A_share_is_of_all_cpus_since_the_last_look()
    {
        var share = default(CpuShare).Next(10, Seconds(0), cpus: 2);
        Assert.Null(share.Share);
        share = share.Next(14, Seconds(10), cpus: 2);
        Assert.Equal(0.2, share.Share!.Value, 6);
    }

    [Fact]
    public void A_look_too_soon_repeats_the_share_and_a_counter_that_fell_makes_it_unknown()
    {
        var share = default(CpuShare).Next(10, Seconds(0), 1).Next(11, Seconds(10), 1);
        Assert.Equal(share, share.Next(11.1, Seconds(10.3), 1));
        Assert.Null(share.Next(0.5, Seconds(20), 1).Share);
        Assert.Null(share.Next(null, Seconds(20), 1).Share);
    }

    [Fact]
    public void A_figure_that_one_slot_does_not_give_is_unknown_and_not_zero()
    {
        var sum = new SlotSum().Next(Slots(("1", new Figures { CpuSeconds = 5, MemoryBytes = 100 }), ("2", new Figures { MemoryBytes = 50 })));
        Assert.Null(sum.CpuSeconds);
        Assert.Equal(150UL, sum.MemoryBytes);
        Assert.False(sum.ToUsage(null).HasCpuSeconds);
        Assert.False(sum.ToUsage(null).HasCpuShare);
    }

    [Property]
    public void A_sum_over_slots_that_come_go_and_begin_anew_never_falls(int seed)
    {
        var random = new Random(seed);
        var sum = new SlotSum();
        var slots = new Dictionary<string, double>();
        var (last, truth) = (0.0, 0.0);
        for (var look = 0; look < 60; look++)
        {
            foreach (var id in slots.Keys.ToArray())
            {
                var used = random.NextDouble();
                truth += used;
                slots[id] += used;
                if (random.Next(10) == 0) slots.Remove(id);
                else if (random.Next(10) == 0) truth += slots[id] = 0; // began anew
            }

            if (random.Next(3) == 0) slots[$"{look}"] = 0;
            // What a slot used after its last look and before it went is not seen; nor what one used before it began anew.
            var next = sum.Next(Slots([.. slots.Select(slot => (slot.Key, new Figures { CpuSeconds = slot.Value }))])).CpuSeconds!.Value;
            Assert.InRange(next, last, truth + 1e-9);
            last = next;
        }
    }

    [Fact]
    public void Slots_that_are_gone_stay_counted()
    {
        var sum = new SlotSum();
        sum.Next(Slots(("1", new Figures { CpuSeconds = 5, Network = new(10, 20) })));
        var next = sum.Next(Slots(("2", new Figures { CpuSeconds = 1, Network = new(1, 2) })));
        Assert.Equal(6, next.CpuSeconds);
        Assert.Equal(new Traffic(11, 22), next.Network);
    }

    [Fact]
    public void Traffic_is_what_came_since_the_last_look_by_who_opened_the_connection()
    {
        var ledger = new TrafficLedger();
        ledger.Next([("1", [Listening(443)])]);
        var first = ledger.Next([("1", [Listening(443), Connection(443, "10.0.0.9", 50_000, cookie: 1, sent: 1000, received: 10), Connection(443, "10.0.0.9", 50_001, 2, 500, 5), Connection(40_000, "10.0.0.5", 5432, 3, 7, 8)])]);
        Assert.Equal([("10.0.0.9", 443u, 2u, 1500UL, 15UL), ("10.0.0.5:5432", 0u, 1u, 7UL, 8UL)], first.Select(p => (p.Peer, p.LocalPort, p.Connections, p.BytesSent, p.BytesReceived)));

        var second = ledger.Next([("1", [Listening(443), Connection(443, "10.0.0.9", 50_000, 1, 1100, 10)])]);
        Assert.Equal([("10.0.0.9", 443u, 1u, 100UL, 0UL)], second.Select(p => (p.Peer, p.LocalPort, p.Connections, p.BytesSent, p.BytesReceived)));
    }

    [Fact]
    public void Connections_that_are_older_than_the_agent_count_from_its_first_look_on()
    {
        var ledger = new TrafficLedger();
        Assert.Equal(0UL, ledger.Next([("1", [Listening(443), Connection(443, "10.0.0.9", 5, 1, 1_000_000, 9)])])[0].BytesSent);
        Assert.Equal(5UL, ledger.Next([("1", [Listening(443), Connection(443, "10.0.0.9", 5, 1, 1_000_005, 9)])])[0].BytesSent);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static SortedDictionary<string, Figures> Slots(params (string Id, Figures Figures)[] slots) => new(slots.ToDictionary(s => s.Id, s => s.Figures));

    private static DiagSocket Listening(ushort port) => new(DiagFormat.Listen, default, port, default, 0, port, 1, 0, 0, 0);

    private static DiagSocket Connection(ushort local, string peer, ushort remote, ulong cookie, ulong sent, ulong received) =>
        new(1, default, local, NetAddress.V4(System.Net.IPAddress.Parse(peer).GetAddressBytes()), remote, cookie, 2, 0, sent, received);
}
