using System.Text;

namespace Fleet.Agent.Sensors;

/// <summary>What /proc/PID/stat says. A pid alone may be used again: pid and start time name a process.</summary>
internal readonly record struct ProcessStat(string Command, ulong CpuTicks, ulong StartTicks, ulong ResidentPages);

/// <summary>Reads the formats of /proc that describe a process. Pure; what can't be read is null.</summary>
internal static class ProcessFormats
{
    /// <summary>/proc/PID/stat. The command stands in parentheses and may contain some itself.</summary>
    public static ProcessStat? Stat(ReadOnlySpan<byte> text)
    {
        var open = text.IndexOf((byte)'(');
        var close = text.LastIndexOf((byte)')');
        if (open < 0 || close < open) return null;

        var rest = text[(close + 1)..];
        Text.SkipWords(ref rest, 11); // state … cmajflt
        var user = Text.Number(Text.NextWord(ref rest));
        var system = Text.Number(Text.NextWord(ref rest));
        Text.SkipWords(ref rest, 6); // cutime … itrealvalue
        var start = Text.Number(Text.NextWord(ref rest));
        Text.SkipWords(ref rest, 1); // vsize
        var resident = Text.Number(Text.NextWord(ref rest));
        return user is { } u && system is { } s && start is { } t && resident is { } r
            ? new(Encoding.UTF8.GetString(text[(open + 1)..close]), u + s, t, r)
            : null;
    }

    /// <summary>/proc/PID/cmdline: its first argument, which a service may have turned into a title.</summary>
    public static string Title(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        var first = (end < 0 ? text : text[..end]).Trim((byte)' ');
        return Encoding.UTF8.GetString(first.Length > 120 ? first[..120] : first);
    }

    /// <summary>/proc/PID/maps: adds the files mapped for execution, each once; a deleted one without the kernel's mark.</summary>
    /// <param name="root">Stripped from the beginning of paths: they are told as the service sees them.</param>
    public static void MappedFiles(ReadOnlySpan<byte> text, ReadOnlySpan<byte> root, ISet<string> files)
    {
        root = root.TrimEnd((byte)'/');
        ReadOnlySpan<byte> last = default;
        while (Text.NextLine(ref text, out var line))
        {
            Text.NextWord(ref line);
            var permissions = Text.NextWord(ref line);
            Text.SkipWords(ref line, 3);
            var path = line.TrimStart((byte)' ');
            if (path.IsEmpty || path[0] != '/' || permissions.IndexOf((byte)'x') < 0 || path.SequenceEqual(last)) continue;
            last = path;
            if (path.EndsWith(" (deleted)"u8)) path = path[..^" (deleted)".Length];
            if (!root.IsEmpty && path.StartsWith(root) && path.Length > root.Length && path[root.Length] == '/') path = path[root.Length..];
            files.Add(Encoding.UTF8.GetString(path));
        }
    }

    /// <summary>cgroup.procs: adds the pids.</summary>
    public static void Pids(ReadOnlySpan<byte> text, ICollection<int> pids)
    {
        while (Text.NextLine(ref text, out var line))
            if (Text.Number(line) is { } pid and > 0 and <= int.MaxValue) pids.Add((int)pid);
    }
}
