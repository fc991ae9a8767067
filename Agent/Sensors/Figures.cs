using Fleet.Protocol.V1;

namespace Fleet.Agent.Sensors;

/// <summary>What something uses: counters since it began, and levels now. Null is unknown.</summary>
internal readonly record struct Figures
{
    public double? CpuSeconds { get; init; }
    public ulong? MemoryBytes { get; init; }
    public ulong? MemoryLimit { get; init; }
    public Traffic? Disk { get; init; }
    public Traffic? Network { get; init; }
    public int? Processes { get; init; }

    /// <summary>In the contract's words.</summary>
    public Usage ToUsage(double? cpuShare)
    {
        var usage = new Usage();
        if (CpuSeconds is { } cpu) usage.CpuSeconds = cpu;
        if (cpuShare is { } share) usage.CpuShare = share;
        if (MemoryBytes is { } memory) usage.MemoryBytes = memory;
        if (MemoryLimit is { } limit) usage.MemoryLimitBytes = limit;
        if (Disk is { } disk) (usage.DiskReadBytes, usage.DiskWriteBytes) = (disk.In, disk.Out);
        if (Network is { } network) (usage.NetworkReceiveBytes, usage.NetworkTransmitBytes) = (network.In, network.Out);
        if (Processes is { } processes) usage.Processes = (uint)processes;
        return usage;
    }
}

/// <summary>
/// Share of all CPUs between two looks. A look too soon after the last one would be noise, so it repeats the last share; a
/// counter that fell began anew, so its share is unknown until the next look.
/// </summary>
internal readonly record struct CpuShare(double? Share, double? Seconds, TimeSpan At)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(900);

    /// <param name="seconds">The counter of CPU seconds; null when it can't be read.</param>
    /// <param name="at">On a clock that only runs forward.</param>
    /// <param name="cpus">How many CPUs make the whole.</param>
    public CpuShare Next(double? seconds, TimeSpan at, int cpus)
    {
        if (seconds is not { } now) return default;
        if (Seconds is not { } before || now < before) return new(null, now, at);
        return at - At < Shortest ? this : new(Math.Clamp((now - before) / ((at - At).TotalSeconds * cpus), 0, 1), now, at);
    }
}

/// <summary>
/// Adds up the slots of an instance. Counters of slots that are gone stay counted, so that the sum only grows while the agent
/// runs; a slot's counter that fell began anew, and what it had counted stays too.
/// </summary>
internal sealed class SlotSum
{
    private readonly Dictionary<string, Figures> _slots = [];
    private Figures _gone = new() { CpuSeconds = 0, Disk = default(Traffic), Network = default(Traffic) };
    private double _cpu;

    /// <summary>The instance's figures; a figure that one of its slots doesn't give is unknown.</summary>
    /// <param name="slots">The slots that run now.</param>
    public Figures Next(IReadOnlyDictionary<string, Figures> slots)
    {
        foreach (var (id, last) in _slots)
            if (!slots.TryGetValue(id, out var now) || BeganAnew(last, now)) _gone = Retire(_gone, last);

        foreach (var id in _slots.Keys.Except(slots.Keys).ToArray()) _slots.Remove(id);
        foreach (var (id, now) in slots) _slots[id] = Known(now, _slots.GetValueOrDefault(id));
        var sum = Sum(_gone, slots.Values);
        // The same numbers added in another order may round to less, and a counter that falls means that it began anew.
        return sum.CpuSeconds is { } cpu ? sum with { CpuSeconds = _cpu = Math.Max(_cpu, cpu) } : sum;
    }

    private static bool BeganAnew(Figures last, Figures now) =>
        now.CpuSeconds < last.CpuSeconds || now.Network?.In < last.Network?.In || now.Disk?.In < last.Disk?.In;

    // A look that failed must not forget what was counted before.
    private static Figures Known(Figures now, Figures last) => now with
    {
        CpuSeconds = now.CpuSeconds ?? last.CpuSeconds,
        Disk = now.Disk ?? last.Disk,
        Network = now.Network ?? last.Network,
    };

    private static Figures Retire(Figures sum, Figures last) => sum with
    {
        CpuSeconds = sum.CpuSeconds + (last.CpuSeconds ?? 0),
        Disk = sum.Disk + (last.Disk ?? default),
        Network = sum.Network + (last.Network ?? default),
    };

    private static Figures Sum(Figures gone, IEnumerable<Figures> slots)
    {
        var sum = gone with { MemoryBytes = 0, MemoryLimit = 0, Processes = 0 };
        foreach (var slot in slots)
        {
            sum = new()
            {
                CpuSeconds = sum.CpuSeconds + slot.CpuSeconds,
                MemoryBytes = sum.MemoryBytes + slot.MemoryBytes,
                MemoryLimit = sum.MemoryLimit + slot.MemoryLimit,
                Disk = sum.Disk + slot.Disk,
                Network = sum.Network + slot.Network,
                Processes = sum.Processes + slot.Processes,
            };
        }

        return sum.MemoryLimit == 0 ? sum with { MemoryLimit = null } : sum;
    }
}
