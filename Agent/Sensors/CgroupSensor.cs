namespace Fleet.Agent.Sensors;

/// <summary>Reads what a cgroup uses, from whichever hierarchy has the controller: version 1, version 2, or one here and one there.</summary>
/// <remarks>A controller is attached to one hierarchy only, so where version 1 has it, version 2 doesn't count it.</remarks>
internal sealed class CgroupSensor(CgroupMounts mounts, KernelFile files)
{
    /// <summary>What the cgroup uses, without network; nothing when it is gone.</summary>
    /// <param name="cgroup">Path below each hierarchy.</param>
    /// <param name="pids">Gets the processes in it.</param>
    public Figures Read(string cgroup, List<int> pids)
    {
        var found = Pids(cgroup, pids);
        return new()
        {
            CpuSeconds = Read("cpuacct", cgroup, "cpuacct.usage", CgroupFormats.CpuV1) ?? ReadUnified(cgroup, "cpu.stat", CgroupFormats.CpuV2),
            MemoryBytes = Memory(cgroup),
            MemoryLimit = Read("memory", cgroup, "memory.limit_in_bytes", CgroupFormats.MemoryLimit)
                ?? ReadUnified(cgroup, "memory.max", CgroupFormats.MemoryLimit),
            Disk = Disk(cgroup),
            Processes = found ? pids.Count : null,
        };
    }

    // Page cache that the kernel can drop at once isn't use.
    private ulong? Memory(string cgroup)
    {
        var (all, cache) = mounts.Controllers.ContainsKey("memory")
            ? (Read("memory", cgroup, "memory.usage_in_bytes", Text.FirstNumber),
                Read("memory", cgroup, "memory.stat", text => Text.Keyed(text, "total_inactive_file"u8)))
            : (ReadUnified(cgroup, "memory.current", Text.FirstNumber),
                ReadUnified(cgroup, "memory.stat", text => Text.Keyed(text, "inactive_file"u8)));
        return all - Math.Min(all ?? 0, cache ?? 0);
    }

    private Traffic? Disk(string cgroup) => mounts.Controllers.ContainsKey("blkio")
        ? Read("blkio", cgroup, "blkio.throttle.io_service_bytes_recursive", CgroupFormats.DisksV1)
            ?? Read("blkio", cgroup, "blkio.throttle.io_service_bytes", CgroupFormats.DisksV1)
        : ReadUnified(cgroup, "io.stat", CgroupFormats.DisksV2);

    // A service may sort its processes into cgroups of its own below.
    private bool Pids(string cgroup, List<int> pids)
    {
        foreach (var root in Hierarchies())
        {
            var directory = Path.Join(root, cgroup);
            if (!files.TryRead(Path.Join(directory, "cgroup.procs"), out var text)) continue;
            ProcessFormats.Pids(text, pids);
            try
            {
                foreach (var below in Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories))
                    if (files.TryRead(Path.Join(below, "cgroup.procs"), out text)) ProcessFormats.Pids(text, pids);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It went away while we looked; what was found was there.
            }

            return true;
        }

        return false;
    }

    private IEnumerable<string> Hierarchies()
    {
        foreach (var controller in (string[])["pids", "cpuacct", "memory"])
            if (mounts.Controllers.TryGetValue(controller, out var root)) yield return root;
        if (mounts.Unified is not null) yield return mounts.Unified;
    }

    private T? Read<T>(string controller, string cgroup, string file, Reader<T> read) where T : struct =>
        mounts.Controllers.TryGetValue(controller, out var root) && files.TryRead(Path.Join(root, cgroup, file), out var text) ? read(text) : null;

    private T? ReadUnified<T>(string cgroup, string file, Reader<T> read) where T : struct =>
        mounts.Unified is not null && files.TryRead(Path.Join(mounts.Unified, cgroup, file), out var text) ? read(text) : null;

    private delegate T? Reader<T>(ReadOnlySpan<byte> text) where T : struct;
}
