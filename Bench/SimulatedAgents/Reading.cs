using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.SimulatedAgents;

/// <summary>What a device says of itself at one interval: twenty metrics of the resource, and how its one instance is.</summary>
internal static class Reading
{
    public const string Instance = "web";
    private const ulong GiB = 1UL << 30;

    /// <summary>Twenty metrics. The number of processes tells the report from all others: the engine can be asked for the last one.</summary>
    public static AgentMessage Resource(uint number, TimeSpan interval) => new()
    {
        DeviceTime = DateTime.UtcNow.ToTimestamp(),
        Resource = new ResourceReport
        {
            Usage = Usage(number),
            Load1 = 0.25 + (number % 7),
            DiskFreeBytes = 20 * GiB - number,
            DiskTotalBytes = 40 * GiB,
            Agent = new Usage
            {
                CpuSeconds = number * 0.01, CpuShare = 0.001, MemoryBytes = 54 << 20, MemoryLimitBytes = GiB, DiskReadBytes = number * 512UL, DiskWriteBytes = number * 4096UL,
                NetworkReceiveBytes = number * 100UL, NetworkTransmitBytes = number * 700UL,
            },
            Interval = Duration.FromTimeSpan(interval),
        },
    };

    /// <summary>The instance as it is installed; null before.</summary>
    public static AgentMessage Report(uint number, InstanceManifest? installed, ulong generation)
    {
        var report = new InstanceReport { Name = Instance, Generation = generation };
        if (installed is not null)
        {
            report.Observed = installed;
            report.Health = Health.Healthy;
            report.Usage = Usage(number);
            report.Slots.Add(new Slot { Id = "1", Active = true, Running = true, Manifest = installed, InitPid = 4711, Started = Timestamp.FromDateTime(DateTime.UnixEpoch) });
            report.Processes.Add(new Process { Pid = 4711, Command = "tini", Slot = "1" });
            report.Processes.Add(new Process { Pid = 4712, Command = "service", Slot = "1", MappedFiles = { "/usr/bin/service", "/usr/lib/libc.so.6" } });
            report.Listening.Add(new ListeningSocket { Protocol = "tcp", Address = "0.0.0.0", Port = 8080, Pid = 4712 });
        }

        return new AgentMessage { DeviceTime = DateTime.UtcNow.ToTimestamp(), Instance = report };
    }

    private static Usage Usage(uint number) => new()
    {
        CpuSeconds = number * 1.5, CpuShare = 0.1 + (number % 5 * 0.01), MemoryBytes = GiB + number, MemoryLimitBytes = 4 * GiB, DiskReadBytes = number * 8192UL,
        DiskWriteBytes = number * 65536UL, NetworkReceiveBytes = number * 150_000UL, NetworkTransmitBytes = number * 900_000UL, Processes = number,
    };
}
