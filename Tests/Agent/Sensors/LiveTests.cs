using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fleet.Agent.Delivery;
using Fleet.Agent.Link;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Agent.Sensors;

/// <summary>The sensors on the machine that the tests run on.</summary>
public sealed class LiveTests
{
    [Fact]
    public void The_agents_own_use_is_what_the_runtime_says_too()
    {
        using var directory = new Temporary();
        var sensor = new HostSensor(directory.Path, new KernelFile(), new FakeTimeProvider());
        var before = Environment.CpuUsage.TotalTime.TotalSeconds;
        while (Environment.CpuUsage.TotalTime.TotalSeconds < before + 0.3) { } // use some, or a sensor that says 0 would pass
        before = Environment.CpuUsage.TotalTime.TotalSeconds;
        var report = sensor.Read();
        var after = Environment.CpuUsage.TotalTime.TotalSeconds;

        Assert.InRange(report.Agent.CpuSeconds, before - 0.05, after + 0.05);
        Assert.InRange(report.Agent.MemoryBytes, 20UL << 20, (ulong)Environment.WorkingSet * 3 / 2);
    }

    [Fact]
    public void The_device_is_told_completely()
    {
        using var directory = new Temporary();
        var time = new FakeTimeProvider();
        var sensor = new HostSensor(directory.Path, new KernelFile(), time);
        var first = sensor.Read();
        Assert.False(first.Usage.HasCpuShare);
        time.Advance(TimeSpan.FromSeconds(10));
        var report = sensor.Read();

        Assert.Equal(Environment.ProcessorCount, sensor.Cpus);
        Assert.InRange(report.Usage.CpuShare, 0, 1);
        Assert.True(report.Usage.CpuSeconds >= first.Usage.CpuSeconds);
        Assert.True(report.Usage.MemoryLimitBytes >= (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Assert.InRange(report.Usage.MemoryBytes, 1UL << 20, report.Usage.MemoryLimitBytes);
        Assert.True(report.Usage.HasNetworkReceiveBytes || !Directory.Exists("/sys/class/net/eth0"));
        Assert.InRange(report.Usage.Processes, 2u, 100_000u);
        Assert.InRange(report.DiskFreeBytes, 1UL, report.DiskTotalBytes);
        Assert.Equal(TimeSpan.FromSeconds(10), report.Interval.ToTimeSpan());

        var os = OsRelease.Device();
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), os.Kernel);
        Assert.NotEmpty(os.Id);
    }

    [Fact]
    public async Task A_transfer_over_loopback_has_the_right_bytes_in_sock_diag()
    {
        Assert.SkipUnless(IsRoot, "needs root to enter a network namespace");
        const int Up = 1_234_567, Down = 345_678;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
        var ledger = new TrafficLedger();
        var sensor = new SocketSensor();
        ledger.Next([("1", Look(sensor).Tcp)]);

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        using var server = await listener.AcceptTcpClientAsync();
        await Transfer(client.GetStream(), server.GetStream(), Up);
        await Transfer(server.GetStream(), client.GetStream(), Down);

        var view = Look(sensor);
        Assert.Contains(view.Tcp, socket => socket.IsListening && socket.LocalPort == port);
        var peer = Assert.Single(ledger.Next([("1", view.Tcp)]), peer => peer.LocalPort == port);
        Assert.Equal("127.0.0.1", peer.Peer);
        // The kernel counts the handshake's SYN as one byte.
        Assert.InRange(peer.BytesReceived, (ulong)Up, Up + 1UL);
        Assert.InRange(peer.BytesSent, (ulong)Down, Down + 1UL);
    }

    [Fact]
    public void Whoever_listens_is_named()
    {
        Assert.SkipUnless(IsRoot, "needs root to enter a network namespace");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = (uint)((IPEndPoint)listener.LocalEndpoint).Port;

        var found = new ListeningSensor().Read(Look(new SocketSensor()), [Environment.ProcessId]).Single(one => one.Protocol == "tcp" && one.Port == port);
        Assert.Equal(("127.0.0.1", (uint)Environment.ProcessId), (found.Address, found.Pid));
    }

    [Fact]
    public void A_process_is_told_with_what_it_maps()
    {
        var process = Assert.Single(new ProcessSensor(new KernelFile(), new FakeTimeProvider()).Read("1", "", [Environment.ProcessId, int.MaxValue], afresh: true));
        Assert.Equal((uint)Environment.ProcessId, process.Pid);
        Assert.Contains(process.MappedFiles, file => file.EndsWith("libcoreclr.so", StringComparison.Ordinal));
        Assert.Equal(process.MappedFiles.Order(StringComparer.Ordinal), process.MappedFiles);
    }

    [Fact]
    public void A_process_in_a_cgroup_is_found_there_with_its_use()
    {
        Assert.SkipUnless(IsRoot, "needs root to make a cgroup");
        var mounts = CgroupMounts.Parse(File.ReadAllText("/proc/self/mountinfo"));
        string[] roots = [.. mounts.Controllers.Where(c => c.Key is "cpuacct" or "memory" or "pids" or "blkio").Select(c => c.Value), .. mounts.Unified is { } unified ? [unified] : Array.Empty<string>()];
        var name = $"/fleet-test-{Environment.ProcessId}";
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read x; y=$(head -c 4000000 /dev/zero | tr '\\0' a); i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; read x"]) { RedirectStandardInput = true })!;
        try
        {
            foreach (var root in roots.Distinct()) Enter(root + name, process.Id);
            process.StandardInput.WriteLine();
            var pids = new List<int>();
            var figures = default(Figures);
            var sensor = new CgroupSensor(mounts, new KernelFile());
            Assert.True(SpinWait.SpinUntil(() =>
            {
                pids.Clear();
                figures = sensor.Read(name, pids);
                return figures is { CpuSeconds: > 0.02, MemoryBytes: > 2 << 20, Processes: 1 };
            }, TimeSpan.FromSeconds(20)), $"{figures}");
            Assert.Equal([process.Id], pids);
            Assert.Equal(1, figures.Processes);
            Assert.InRange(figures.MemoryBytes!.Value, 2UL << 20, 64UL << 20);
            Assert.Null(figures.MemoryLimit);
            Assert.NotNull(figures.Disk);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
            foreach (var root in roots.Distinct()) SpinWait.SpinUntil(() => Remove(root + name), TimeSpan.FromSeconds(5));
        }

        var nothing = new CgroupSensor(mounts, new KernelFile()).Read(name, []);
        Assert.Equal(default, nothing);
    }

    [Fact]
    public void Inventories_are_told_once_until_they_change_and_links_do_not_lead_out()
    {
        using var root = new Temporary();
        Directory.CreateDirectory(Path.Combine(root.Path, "var/lib/dpkg/status.d"));
        Directory.CreateDirectory(Path.Combine(root.Path, "etc"));
        File.WriteAllText(Path.Combine(root.Path, "etc/os-release"), "ID=debian\nVERSION_ID=\"12\"\n");
        File.WriteAllText(Path.Combine(root.Path, "var/lib/dpkg/status.d/libssl3"), "Package: libssl3\nVersion: 3.0.17-1~deb12u2\nArchitecture: amd64\n");
        // A service that would like to have the device's own inventory read for it.
        File.CreateSymbolicLink(Path.Combine(root.Path, "var/lib/dpkg/status"), "/var/lib/dpkg/status");
        var sensor = new InventorySensor();
        var instance = new InstanceStatus { Name = "web", Slots = [new("1", Active: true, Running: false, Manifest(), "/none", 0, root.Path, default, 0)] };

        var told = sensor.Changed([instance]).Single(report => report.Instance == "web");
        Assert.Equal(["pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=amd64&distro=debian-12"], told.Packages);
        Assert.Empty(sensor.Changed([instance]));

        File.WriteAllText(Path.Combine(root.Path, "var/lib/dpkg/status.d/libssl3"), "Package: libssl3\nVersion: 3.0.20-1~deb12u2\nArchitecture: amd64\n");
        Assert.Contains("3.0.20", Assert.Single(sensor.Changed([instance])).Packages[0]);
        sensor.Forget("web");
        Assert.Single(sensor.Changed([instance]));
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_stops_nobody()
    {
        using var root = new Temporary();
        Directory.CreateDirectory(Path.Combine(root.Path, "var/lib/dpkg"));
        using (var mkfifo = Process.Start("mkfifo", Path.Combine(root.Path, "var/lib/dpkg/status"))) await mkfifo.WaitForExitAsync();
        var instance = new InstanceStatus { Name = "web", Slots = [new("1", true, false, Manifest(), "/none", 0, root.Path, default, 0)] };
        var looked = Task.Factory.StartNew(() => new InventorySensor().Changed([instance]), TaskCreationOptions.LongRunning);
        Assert.DoesNotContain(await looked.WaitAsync(TimeSpan.FromSeconds(20)), report => report.Packages.Count > 0 && report.Instance == "web");
    }

    private static bool IsRoot => Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true";

    private static SocketView Look(SocketSensor sensor) => Assert.Single(sensor.Read([Environment.ProcessId]))!;

    private static async Task Transfer(NetworkStream from, NetworkStream to, int bytes)
    {
        var writing = from.WriteAsync(new byte[bytes]).AsTask();
        await to.ReadExactlyAsync(new byte[bytes]);
        await writing;
    }

    private static void Enter(string cgroup, int pid)
    {
        Directory.CreateDirectory(cgroup);
        File.WriteAllText(Path.Combine(cgroup, "cgroup.procs"), $"{pid}");
    }

    private static bool Remove(string cgroup)
    {
        try { Directory.Delete(cgroup); }
        catch (DirectoryNotFoundException) { }
        catch (IOException) { return false; }
        return true;
    }

    private static Images.InstanceManifest Manifest() => new() { Image = "nginx", Version = "1", ImageDigest = Images.Digest.Of([]) };
}
