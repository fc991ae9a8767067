using System.Buffers.Text;

namespace Fleet.Agent.Sensors;

/// <summary>CPU time of the whole machine.</summary>
internal readonly record struct CpuTime(ulong BusyTicks, int Cpus);

/// <summary>Memory of the whole machine, in bytes.</summary>
internal readonly record struct Memory(ulong Total, ulong Available);

/// <summary>Two counters of bytes, in and out of whatever is measured.</summary>
internal readonly record struct Traffic(ulong In, ulong Out)
{
    public static Traffic operator +(Traffic one, Traffic other) => new(one.In + other.In, one.Out + other.Out);
}

/// <summary>Reads the formats of /proc that describe the machine. Pure; what can't be read is null, never zero.</summary>
internal static class SystemFormats
{
    private const ulong SectorBytes = 512;

    /// <summary>/proc/stat: user, nice, system, irq, softirq and steal are busy; idle and iowait are not. Guest time is in user already.</summary>
    public static CpuTime? Stat(ReadOnlySpan<byte> text)
    {
        ulong? busy = null;
        var cpus = 0;
        while (Text.NextLine(ref text, out var line))
        {
            var name = Text.NextWord(ref line);
            if (!name.StartsWith("cpu"u8)) continue;
            if (name.Length > 3) cpus++;
            else busy = Busy(line);
        }

        return busy is { } ticks && cpus > 0 ? new(ticks, cpus) : null;
    }

    /// <summary>/proc/meminfo.</summary>
    public static Memory? Meminfo(ReadOnlySpan<byte> text) =>
        Text.Keyed(text, "MemTotal:"u8) is { } total && Text.Keyed(text, "MemAvailable:"u8) is { } available
            && total <= ulong.MaxValue / 1024 && available <= total
            ? new(total * 1024, available * 1024)
            : null;

    /// <summary>/proc/loadavg: the first figure.</summary>
    public static double? Load(ReadOnlySpan<byte> text)
    {
        if (!Text.NextLine(ref text, out var line)) return null;
        var word = Text.NextWord(ref line);
        return Utf8Parser.TryParse(word, out double load, out var used) && used == word.Length && double.IsFinite(load) && load >= 0 ? load : null;
    }

    /// <summary>/proc/diskstats: bytes read and written, summed over the devices that <paramref name="counts"/> picks.</summary>
    public static Traffic? Disks(ReadOnlySpan<byte> text, Func<ReadOnlySpan<byte>, bool> counts)
    {
        Traffic? sum = null;
        while (Text.NextLine(ref text, out var line))
        {
            Text.SkipWords(ref line, 2);
            var name = Text.NextWord(ref line);
            if (name.IsEmpty || !counts(name)) continue;
            Text.SkipWords(ref line, 2);
            var read = Text.Number(Text.NextWord(ref line));
            Text.SkipWords(ref line, 3);
            var written = Text.Number(Text.NextWord(ref line));
            if (read is { } r && written is { } w) sum = (sum ?? default) + new Traffic(r * SectorBytes, w * SectorBytes);
        }

        return sum;
    }

    /// <summary>/proc/net/dev: bytes received and sent, summed over the interfaces that <paramref name="counts"/> picks.</summary>
    public static Traffic? Interfaces(ReadOnlySpan<byte> text, Func<ReadOnlySpan<byte>, bool> counts)
    {
        Traffic? sum = null;
        while (Text.NextLine(ref text, out var line))
        {
            var colon = line.IndexOf((byte)':');
            if (colon < 0) continue;
            var name = line[..colon].Trim((byte)' ');
            var figures = line[(colon + 1)..];
            var received = Text.Number(Text.NextWord(ref figures));
            Text.SkipWords(ref figures, 7);
            var sent = Text.Number(Text.NextWord(ref figures));
            if (received is { } r && sent is { } s && counts(name)) sum = (sum ?? default) + new Traffic(r, s);
        }

        return sum;
    }

    // user nice system idle iowait irq softirq steal guest guest_nice; old kernels end earlier.
    private static ulong? Busy(ReadOnlySpan<byte> figures)
    {
        ulong busy = 0;
        for (var column = 0; column < 8; column++)
        {
            var figure = Text.Number(Text.NextWord(ref figures));
            if (figure is null && column < 4) return null;
            if (column is not (3 or 4)) busy += figure ?? 0;
        }

        return busy;
    }
}
