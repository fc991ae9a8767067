namespace Fleet.Agent.Sensors;

/// <summary>Reads the formats of cgroup files, of both versions. Pure; what can't be read is null, never zero.</summary>
internal static class CgroupFormats
{
    // Version 1 says "no limit" with the largest multiple of a page that a signed number holds.
    private const ulong NoLimit = 1UL << 62;

    /// <summary>cpuacct.usage, version 1: nanoseconds.</summary>
    public static double? CpuV1(ReadOnlySpan<byte> text) => Text.FirstNumber(text) / 1e9;

    /// <summary>cpu.stat, version 2: microseconds.</summary>
    public static double? CpuV2(ReadOnlySpan<byte> text) => Text.Keyed(text, "usage_usec"u8) / 1e6;

    /// <summary>memory.max or memory.limit_in_bytes; null when there is no limit.</summary>
    public static ulong? MemoryLimit(ReadOnlySpan<byte> text) => Text.FirstNumber(text) is { } limit and < NoLimit ? limit : null;

    /// <summary>blkio.throttle.io_service_bytes, version 1: lines "major:minor Read bytes".</summary>
    public static Traffic? DisksV1(ReadOnlySpan<byte> text)
    {
        Traffic? sum = null;
        while (Text.NextLine(ref text, out var line))
        {
            var device = Text.NextWord(ref line);
            var what = Text.NextWord(ref line);
            // "Total 0" alone is what an idle cgroup says.
            if (device.SequenceEqual("Total"u8)) sum ??= default(Traffic);
            if (Text.Number(Text.NextWord(ref line)) is not { } bytes) continue;
            if (what.SequenceEqual("Read"u8)) sum = (sum ?? default) + new Traffic(bytes, 0);
            if (what.SequenceEqual("Write"u8)) sum = (sum ?? default) + new Traffic(0, bytes);
        }

        return sum;
    }

    /// <summary>io.stat, version 2: lines "major:minor rbytes=… wbytes=… …"; an empty file is an idle cgroup.</summary>
    public static Traffic? DisksV2(ReadOnlySpan<byte> text)
    {
        var sum = default(Traffic);
        while (Text.NextLine(ref text, out var line))
        {
            while (Text.NextWord(ref line) is { IsEmpty: false } word)
            {
                if (word.StartsWith("rbytes="u8)) sum += new Traffic(Text.Number(word["rbytes=".Length..]) ?? 0, 0);
                if (word.StartsWith("wbytes="u8)) sum += new Traffic(0, Text.Number(word["wbytes=".Length..]) ?? 0);
            }
        }

        return sum;
    }
}

/// <summary>Where the cgroup hierarchies are mounted: version 1, version 2, or some of both.</summary>
/// <param name="Unified">Version 2; null when there is none.</param>
/// <param name="Controllers">Mount point by controller of version 1.</param>
internal sealed record CgroupMounts(string? Unified, IReadOnlyDictionary<string, string> Controllers)
{
    private static readonly string[] Known = ["cpuacct", "cpu", "memory", "blkio", "pids", "cpuset", "devices", "freezer"];

    /// <summary>Reads /proc/self/mountinfo.</summary>
    public static CgroupMounts Parse(string mountinfo)
    {
        string? unified = null;
        var controllers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in mountinfo.Split('\n'))
        {
            // 32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            var halves = line.Split(" - ", 2);
            var left = halves[0].Split(' ');
            if (halves.Length < 2 || left.Length < 5) continue;
            var right = halves[1].Split(' ');
            if (right[0] == "cgroup2") unified ??= left[4];
            if (right[0] != "cgroup" || right.Length < 3) continue;
            foreach (var option in right[2].Split(','))
                if (Known.Contains(option)) controllers.TryAdd(option, left[4]);
        }

        return new(unified, controllers);
    }
}
