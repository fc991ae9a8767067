using Fleet.Agent.Delivery;
using Fleet.Agent.Link;
using Fleet.Protocol.V1;

namespace Fleet.Agent.Sensors;

/// <summary>Completes what delivery knows of an instance with what it uses and does.</summary>
internal sealed class InstanceSensor(CgroupSensor cgroups, ProcessSensor processes, SocketSensor sockets, KernelFile files, TimeProvider time)
{
    private readonly Dictionary<string, Seen> _instances = [];
    private readonly long _began = time.GetTimestamp();

    private sealed class Seen
    {
        public SlotSum Sum { get; } = new();
        public TrafficLedger Traffic { get; } = new();
        public ListeningSensor Listening { get; } = new();
        public CpuShare Cpu { get; set; }
        public string Slots { get; set; } = "";
    }

    /// <summary>One report for each instance.</summary>
    public List<InstanceReport> Read(IReadOnlyList<InstanceStatus> instances, int cpus)
    {
        foreach (var gone in _instances.Keys.Except(instances.Select(instance => instance.Name)).ToArray()) _instances.Remove(gone);
        processes.Begin();
        return [.. instances.Select(instance => Read(instance, cpus))];
    }

    private InstanceReport Read(InstanceStatus status, int cpus)
    {
        var report = Wire.Write(status);
        if (!_instances.TryGetValue(status.Name, out var seen)) _instances[status.Name] = seen = new();

        SlotStatus[] running = [.. status.Slots.Where(slot => slot.Running && slot.InitPid > 0)];
        var views = sockets.Read([.. running.Select(slot => slot.InitPid)]);
        var names = string.Join(' ', running.Select(slot => $"{slot.Id}:{slot.InitPid}"));
        if (names != seen.Slots) seen.Listening.Forget();
        seen.Slots = names;

        var figures = new SortedDictionary<string, Figures>(StringComparer.Ordinal);
        var connections = new List<(string, IReadOnlyList<DiagSocket>)>();
        var listening = new SortedDictionary<(string, uint, string), ListeningSocket>();
        for (var i = 0; i < running.Length; i++)
        {
            var pids = new List<int>();
            figures[running[i].Id] = cgroups.Read(running[i].Cgroup, pids) with { Network = Network(running[i]) };
            report.Processes.AddRange(processes.Read(running[i].Id, running[i].Root, pids, status.Changing));
            if (views[i] is not { } view) continue;
            connections.Add(($"{running[i].Id}:{running[i].InitPid}", view.Tcp));
            // The active slot is who listens, to whoever is outside; an older one only drains.
            if (running[i].Active || running.Length == 1)
                foreach (var one in seen.Listening.Read(view, pids)) listening.TryAdd((one.Protocol, one.Port, one.Address), one);
        }

        report.Listening.AddRange(listening.Values);
        report.Connections.AddRange(seen.Traffic.Next(connections));
        var sum = seen.Sum.Next(figures);
        seen.Cpu = seen.Cpu.Next(sum.CpuSeconds, time.GetElapsedTime(_began), cpus);
        if (running.Length > 0) report.Usage = sum.ToUsage(seen.Cpu.Share);
        return report;
    }

    // /proc/PID/net shows the namespace of that process, so nobody has to enter it.
    private Traffic? Network(SlotStatus slot) => files.TryRead($"/proc/{slot.InitPid}/net/dev", out var text)
        ? SystemFormats.Interfaces(text, name => !name.SequenceEqual("lo"u8))
        : null;
}
