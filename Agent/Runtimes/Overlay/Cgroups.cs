using System.Globalization;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>The device's cgroup hierarchies: version 1, version 2, or both side by side.</summary>
internal sealed class Cgroups
{
    private readonly IReadOnlyList<Hierarchy> _all;

    private sealed record Hierarchy(string Root, bool Unified, IReadOnlySet<string> Controllers);

    private Cgroups(IReadOnlyList<Hierarchy> all) => _all = all;

    /// <summary>Finds the hierarchies that are mounted.</summary>
    /// <exception cref="RuntimeUnavailableException">There is none.</exception>
    public static Cgroups Find()
    {
        var all = new List<Hierarchy>();
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            var fields = line.Split(' ');
            var after = Array.IndexOf(fields, "-");
            if (fields[after + 1] == "cgroup2")
            {
                var controllers = File.ReadAllText(Path.Combine(fields[4], "cgroup.controllers")).Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                all.Add(new Hierarchy(fields[4], true, controllers.ToHashSet(StringComparer.Ordinal)));
            }
            // A new group below cpuset takes no process before it is told its CPUs; we have no limits to set there.
            else if (fields[after + 1] == "cgroup" && fields[^1].Split(',') is var options && !options.Contains("cpuset"))
            {
                all.Add(new Hierarchy(fields[4], false, options.ToHashSet(StringComparer.Ordinal)));
            }
        }
        return all.Count > 0 ? new Cgroups(all) : throw new RuntimeUnavailableException("no cgroup hierarchy is mounted: mount cgroup2 at /sys/fs/cgroup");
    }

    /// <summary>The directories of one group, in every hierarchy.</summary>
    public IEnumerable<string> Directories(string group) => _all.Select(h => h.Root + group);

    /// <summary>Makes a group with limits. Safe to repeat.</summary>
    public void Make(string group, ServiceLimits limits)
    {
        foreach (var hierarchy in _all)
        {
            if (hierarchy.Unified) Delegate(hierarchy, group);
            Directory.CreateDirectory(hierarchy.Root + group);
            foreach (var (controller, file, value) in Limits(limits, hierarchy.Unified))
                if (hierarchy.Controllers.Contains(controller)) File.WriteAllText(Path.Combine(hierarchy.Root + group, file), value);
        }
    }

    /// <summary>All processes in a group and the groups below it.</summary>
    public IReadOnlyList<int> Members(string group)
    {
        var pids = new SortedSet<int>();
        foreach (var hierarchy in _all.Where(h => Directory.Exists(h.Root + group)))
        {
            foreach (var directory in Directory.EnumerateDirectories(hierarchy.Root + group, "*", SearchOption.AllDirectories).Prepend(hierarchy.Root + group))
                foreach (var pid in Lines(Path.Combine(directory, "cgroup.procs"))) pids.Add(int.Parse(pid, CultureInfo.InvariantCulture));
        }
        // Who has ended but was not yet collected by its parent runs no code.
        return [.. pids.Where(pid => pid != 0 && ProcessEntry.Read(pid) is { State: not ('Z' or 'X') })];
    }

    /// <summary>Names of the groups right below one.</summary>
    public IReadOnlyList<string> Below(string group) =>
    [
        .. _all.Where(h => Directory.Exists(h.Root + group))
            .SelectMany(h => Directory.EnumerateDirectories(h.Root + group)).Select(d => Path.GetFileName(d)).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Kills everything in a group.</summary>
    public void Kill(string group)
    {
        foreach (var hierarchy in _all.Where(h => h.Unified))
        {
            var kill = Path.Combine(hierarchy.Root + group, "cgroup.kill");
            if (File.Exists(kill)) File.WriteAllText(kill, "1");
        }
        foreach (var pid in Members(group)) Linux.Signal(pid, Linux.Kill);
    }

    /// <summary>Removes an empty group and those below it. Safe to repeat; false when something still holds it.</summary>
    public bool Remove(string group)
    {
        foreach (var directory in Directories(group).Where(Directory.Exists))
        {
            try
            {
                foreach (var below in Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories).OrderByDescending(d => d.Length)) Directory.Delete(below);
                Directory.Delete(directory);
            }
            catch (IOException)
            {
                return false; // busy: a process is still on its way out
            }
        }
        return true;
    }

    private static IEnumerable<(string Controller, string File, string Value)> Limits(ServiceLimits limits, bool unified)
    {
        const int period = 100_000;
        if (limits.Cpus is { } cpus)
        {
            var quota = Math.Max(1000, (long)(cpus * period)).ToString(CultureInfo.InvariantCulture);
            if (unified) yield return ("cpu", "cpu.max", $"{quota} {period}");
            else yield return ("cpu", "cpu.cfs_quota_us", quota);
        }
        if (limits.MemoryBytes is { } memory)
            yield return ("memory", unified ? "memory.max" : "memory.limit_in_bytes", memory.ToString(CultureInfo.InvariantCulture));
        if (limits.Processes is { } processes) yield return ("pids", "pids.max", processes.ToString(CultureInfo.InvariantCulture));
    }

    // Version 2 has a controller in a group only when every group above hands it down.
    private static void Delegate(Hierarchy hierarchy, string group)
    {
        var wanted = hierarchy.Controllers.Intersect(["cpu", "memory", "pids", "io"], StringComparer.Ordinal).ToArray();
        var directory = hierarchy.Root;
        foreach (var part in group.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            Directory.CreateDirectory(directory);
            if (wanted.Length > 0) File.WriteAllText(Path.Combine(directory, "cgroup.subtree_control"), string.Join(' ', wanted.Select(c => "+" + c)));
            directory = Path.Combine(directory, part);
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // removed meanwhile
        }
    }
}
