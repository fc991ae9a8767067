using System.Security.Cryptography;
using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;
using Fleet.Agent.Link;
using Fleet.Agent.Sensors;
using Fleet.Images;

namespace Fleet.Agent;

/// <summary>Puts the agent together and runs it: delivery, link and sensors, each for itself.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    public static async Task<int> Run(string data, AgentLog log, TimeProvider time, CancellationToken stopping)
    {
        if (!Environment.IsPrivilegedProcess) throw new UnauthorizedAccessException("fleet-agent run needs root: namespaces, mounts, cgroups and nftables are not for others yet");
        using var only = DataLock.Take(data);
        var configuration = AgentConfiguration.Load(data);
        var identity = new IdentityStore(data).Load() ?? throw new InvalidDataException($"this device has no identity in '{data}' yet: fleet-agent enrol");
        if (configuration.Engine.Length == 0) throw new InvalidDataException($"engine: missing in {Path.Combine(data, AgentConfiguration.FileName)}, expected host:port");
        if (configuration.PublisherKeys.Count == 0) log.Warning("no publisher is trusted: every patch will be refused");

        var (random, changed, look) = (new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), new Signal(), new Signal());
        using var spool = new Spool(Path.Combine(data, "spool"), (long)configuration.SpoolLimitMiB << 20, changed, log);
        var door = new EngineDoor(configuration.Engine, identity, time);
        var content = new ContentStore(Path.Combine(data, "content"));
        using var source = new EngineContent(door, content, time, random, log);
        var delivery = DeliveryHost.Open(configuration.Delivery(data), content, source, new SpooledFacts(spool, look), time, log.Information);

        var reports = new Reports(changed);
        var inbox = new DirectiveInbox(delivery, spool, time, log);
        var observer = Observer(data, delivery, reports, spool, look, time, log);
        observer.Interval = TimeSpan.FromSeconds(configuration.ReportIntervalSeconds);
        var link = new EngineLink(
            new LinkOptions(), door, new Certification(new IdentityStore(data), time), Hello(), spool, reports, inbox, changed,
            interval => observer.Interval = interval, time, random, log);

        log.Information($"fleet-agent {AgentVersion.Text} runs as '{identity.Resource}', data in {data}, engine at {configuration.Engine}");
        await Task.WhenAll(
            Keep("delivery", delivery.Run), Keep("the sensors", observer.Run), Keep("the inbox", inbox.Run), Keep("the link", link.Run));
        log.Information("stopped; instances run on");
        return 0;

        // What fails without being expected must not take the rest with it: delivery goes on without a link, and the link without sensors.
        async Task Keep(string what, Func<CancellationToken, Task> run)
        {
            while (!stopping.IsCancellationRequested)
            {
                try
                {
                    await run(stopping);
                    return;
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    log.Error($"{what} failed and begins anew in {Again.TotalSeconds:0} s: {e}");
                    await Task.Delay(Again, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    private static Observer Observer(string data, IDelivery delivery, Reports reports, Spool spool, Signal look, TimeProvider time, AgentLog log)
    {
        var files = new KernelFile();
        var cgroups = new CgroupSensor(CgroupMounts.Parse(File.ReadAllText("/proc/self/mountinfo")), files);
        var instances = new InstanceSensor(cgroups, new ProcessSensor(files, time), new SocketSensor(), files, time);
        return new(delivery, new HostSensor(data, files, time), instances, new InventorySensor(), reports, spool, look, time, log);
    }

    private static Protocol.V1.Hello Hello() => new()
    {
        AgentVersion = AgentVersion.Text,
        BootId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        OperatingSystem = OsRelease.Device(),
    };
}
