using System.Text;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Agent.Sensors;

/// <summary>Reads what the whole device uses, and what the agent itself does.</summary>
/// <param name="dataDirectory">The file system whose space is told.</param>
internal sealed class HostSensor(string dataDirectory, KernelFile files, TimeProvider time)
{
    private static readonly double TicksPerSecond = Math.Max(1, (double)Libc.SystemConfiguration(Libc.ClockTicksPerSecond));
    private static readonly ulong PageBytes = (ulong)Math.Max(1, Libc.SystemConfiguration(Libc.PageSize));
    private readonly long _began = time.GetTimestamp();
    private CpuShare _host;
    private CpuShare _agent;
    private TimeSpan _last;

    /// <summary>CPUs of the device, as last seen.</summary>
    public int Cpus { get; private set; } = 1;

    /// <summary>Looks now.</summary>
    public ResourceReport Read()
    {
        var now = time.GetElapsedTime(_began);
        var host = Host();
        _host = _host.Next(host.CpuSeconds, now, Cpus);
        var agent = Self();
        _agent = _agent.Next(agent.CpuSeconds, now, Cpus);

        var report = new ResourceReport
        {
            Usage = host.ToUsage(_host.Share),
            Agent = agent.ToUsage(_agent.Share),
            Interval = (now - _last).ToDuration(),
        };
        if (files.TryRead("/proc/loadavg", out var load) && SystemFormats.Load(load) is { } load1) report.Load1 = load1;
        if (Space() is { } space) (report.DiskFreeBytes, report.DiskTotalBytes) = space;
        _last = now;
        return report;
    }

    private Figures Host()
    {
        var figures = new Figures { Processes = Processes() };
        if (files.TryRead("/proc/stat", out var text) && SystemFormats.Stat(text) is { } cpu)
        {
            Cpus = cpu.Cpus;
            figures = figures with { CpuSeconds = cpu.BusyTicks / TicksPerSecond };
        }

        if (files.TryRead("/proc/meminfo", out text) && SystemFormats.Meminfo(text) is { } memory)
            figures = figures with { MemoryBytes = memory.Total - memory.Available, MemoryLimit = memory.Total };
        if (files.TryRead("/proc/diskstats", out text))
            figures = figures with { Disk = SystemFormats.Disks(text, IsDisk) };
        if (files.TryRead("/proc/net/dev", out text))
            figures = figures with { Network = SystemFormats.Interfaces(text, IsWire) };
        return figures;
    }

    private Figures Self()
    {
        if (!files.TryRead("/proc/self/stat", out var text) || ProcessFormats.Stat(text) is not { } stat) return default;
        return new() { CpuSeconds = stat.CpuTicks / TicksPerSecond, MemoryBytes = stat.ResidentPages * PageBytes, Processes = 1 };
    }

    private static int? Processes()
    {
        try
        {
            return Directory.EnumerateDirectories("/proc").Count(path => char.IsAsciiDigit(path["/proc/".Length]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private (ulong Free, ulong Total)? Space()
    {
        try
        {
            var drive = new DriveInfo(dataDirectory);
            return ((ulong)drive.AvailableFreeSpace, (ulong)drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // Whole disks only: partitions, and what is stacked on disks, would count the same bytes again.
    private static bool IsDisk(ReadOnlySpan<byte> name) =>
        !name.StartsWith("loop"u8) && !name.StartsWith("ram"u8) && !name.StartsWith("zram"u8) && !name.StartsWith("dm-"u8)
        && !name.StartsWith("md"u8) && Directory.Exists($"/sys/block/{Encoding.ASCII.GetString(name).Replace('/', '!')}");

    // The device's own ends of wires: loopback, veth pairs and bridges carry bytes that were counted or never left.
    private static bool IsWire(ReadOnlySpan<byte> name) =>
        !name.SequenceEqual("lo"u8) && !Directory.Exists($"/sys/devices/virtual/net/{Encoding.ASCII.GetString(name)}");
}
