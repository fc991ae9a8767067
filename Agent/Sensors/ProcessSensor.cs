using System.Text;
using Process = Fleet.Protocol.V1.Process;

namespace Fleet.Agent.Sensors;

/// <summary>Reads which processes a slot has, and which libraries and programs they map.</summary>
internal sealed class ProcessSensor(KernelFile files, TimeProvider time)
{
    // What a process maps rarely changes; while a change is in flight it is read at each look.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    private Dictionary<(int Pid, ulong Start), Seen> _last = [];
    private Dictionary<(int Pid, ulong Start), Seen> _next = [];

    private sealed record Seen(Process Process, long ReadAt);

    /// <summary>Call before the slots of one look are read: what none of them has any more is then forgotten.</summary>
    public void Begin()
    {
        (_last, _next) = (_next, _last);
        _next.Clear();
    }

    /// <summary>The slot's processes. One that vanishes meanwhile is left out; what may not be read is left empty.</summary>
    /// <param name="root">Where the slot's files are on the device, for mappings that are told from there.</param>
    /// <param name="afresh">Read the mappings even if they were read lately.</param>
    public IEnumerable<Process> Read(string slot, string root, IReadOnlyList<int> pids, bool afresh)
    {
        foreach (var pid in pids)
            if (Read(slot, root, pid, afresh) is { } process) yield return process;
    }

    private Process? Read(string slot, string root, int pid, bool afresh)
    {
        if (!files.TryRead($"/proc/{pid}/stat", out var text) || ProcessFormats.Stat(text) is not { } stat) return null;
        var key = (pid, stat.StartTicks);
        if (!_last.TryGetValue(key, out var seen) || afresh || time.GetElapsedTime(seen.ReadAt) >= Fresh)
            seen = new(Look(slot, root, pid, stat), time.GetTimestamp());
        _next[key] = seen;
        return seen.Process;
    }

    private Process Look(string slot, string root, int pid, ProcessStat stat)
    {
        var title = files.TryRead($"/proc/{pid}/cmdline", out var text) ? ProcessFormats.Title(text) : "";
        var process = new Process { Pid = (uint)pid, Slot = slot, Command = title.Length > 0 ? title : stat.Command };
        var mapped = new SortedSet<string>(StringComparer.Ordinal);
        if (files.TryRead($"/proc/{pid}/maps", out text)) ProcessFormats.MappedFiles(text, Encoding.UTF8.GetBytes(root), mapped);
        process.MappedFiles.AddRange(mapped);
        return process;
    }
}
