using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Fleet.Agent.Delivery;
using Fleet.Agent.Runtimes;
using Fleet.Protocol.V1;

namespace Fleet.Agent.Sensors;

/// <summary>The sensors on a real slot: its own namespaces, its own cgroup, a real nginx.</summary>
[Collection("device")]
public sealed class SlotTests
{
    private static readonly int Port = Workshop.Port;

    [Fact]
    public async Task An_instance_is_told_with_its_processes_libraries_sockets_traffic_and_packages()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var nginx = await NginxImage.Build(shop);
        shop.Start();
        Assert.True((await shop.Apply("install", Workshop.To(nginx.Old), nginx.Old, ports: new Images.PublishedPort(Port, "https"))).Accepted);
        await shop.Facts.Until("install", DevicePhase.Verified);

        var files = new KernelFile();
        var cgroups = new CgroupSensor(CgroupMounts.Parse(await File.ReadAllTextAsync("/proc/self/mountinfo")), files);
        var sensor = new InstanceSensor(cgroups, new ProcessSensor(files, TimeProvider.System), new SocketSensor(), files, TimeProvider.System);
        var before = Look(await shop.Host.Status(default));

        using var connection = new TcpClient("127.0.0.1", Port);
        await using var tls = new SslStream(connection.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        for (var i = 0; i < 20; i++)
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            Assert.NotEqual(0, await tls.ReadAsync(new byte[16 << 10]));
        }

        var status = await shop.Host.Status(default);
        var after = Look(status);

        Assert.Equal(("web", Protocol.V1.Health.Healthy), (after.Name, after.Health));
        Assert.Contains(after.Processes, process => process.Command.StartsWith("nginx: master", StringComparison.Ordinal));
        var worker = after.Processes.First(process => process.Command.StartsWith("nginx: worker", StringComparison.Ordinal));
        Assert.Contains("/usr/lib/x86_64-linux-gnu/libssl.so.3", worker.MappedFiles);
        Assert.Contains("/usr/sbin/nginx", worker.MappedFiles);

        var service = status[0].Slots.Single(slot => slot.Active);
        var listening = Assert.Single(after.Listening, socket => socket.Port == (uint)nginx.Old.Contents.Service.Ports.Single(port => port.Name == "https").Port);
        Assert.Contains(after.Processes, process => process.Pid == listening.Pid && process.Command.StartsWith("nginx", StringComparison.Ordinal));
        var peer = Assert.Single(after.Connections, peer => peer.LocalPort == listening.Port);
        Assert.Equal(1u, peer.Connections);
        Assert.InRange(peer.BytesSent, 3_000UL, 300_000UL);
        Assert.InRange(peer.BytesReceived, 20 * 38UL, 20_000UL);

        Assert.True(after.Usage.HasCpuSeconds && after.Usage.CpuSeconds >= before.Usage.CpuSeconds && after.Usage.CpuSeconds > 0);
        Assert.InRange(after.Usage.MemoryBytes, 500UL << 10, 500UL << 20);
        Assert.Equal((uint)after.Processes.Count, after.Usage.Processes);
        Assert.True(after.Usage.NetworkTransmitBytes - before.Usage.NetworkTransmitBytes >= peer.BytesSent);
        Assert.True(after.Usage.HasDiskReadBytes);

        var packages = Assert.Single(new InventorySensor().Changed(status), report => report.Instance == "web").Packages;
        Assert.Contains(packages, purl => purl.StartsWith($"pkg:deb/debian/libssl3@{Uri.EscapeDataString(nginx.Ssl.FromVersion)}?arch=amd64", StringComparison.Ordinal));
        Assert.NotEmpty(service.Root);

        InstanceReport Look(IReadOnlyList<InstanceStatus> instances) => Assert.Single(sensor.Read(instances, Environment.ProcessorCount));
    }
}
