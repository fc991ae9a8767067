using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Fleet.Agent.Delivery;
using Fleet.Agent.Runtimes.Overlay;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>The overlay runtime on real namespaces, with a service small enough to be made here.</summary>
[Collection("device")]
public class OverlayTests
{
    private static readonly int Port = Workshop.Port;
    private static readonly PublishedPort Http = new(Port, "http");

    [Fact]
    public async Task A_slot_is_shut_in_and_nothing_is_left_of_it_after_a_purge()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var image = await TinyImage.Build(shop, "1", s => s with { Volumes = [new ServiceVolume("data", "/data")] });
        shop.Start();
        await Install(shop, image);
        var slot = (await shop.Host.Status(default))[0].Slots.Single();

        foreach (var kind in (string[])["mnt", "pid", "net", "uts", "ipc"])
            Assert.NotEqual(new FileInfo($"/proc/self/ns/{kind}").LinkTarget, new FileInfo($"/proc/{slot.InitPid}/ns/{kind}").LinkTarget);
        var status = File.ReadAllText($"/proc/{slot.InitPid}/status");
        var rights = Convert.ToUInt64(status.Split('\n').Single(l => l.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1], 16);
        Assert.Equal(0UL, rights & ((1UL << 21) | (1UL << 27) | (1UL << 12) | (1UL << 16))); // SYS_ADMIN, MKNOD, NET_ADMIN, SYS_MODULE
        Assert.DoesNotContain(shop.Home, File.ReadAllLines($"/proc/{slot.InitPid}/mountinfo").Select(l => l.Split(' ')[4]));
        Assert.DoesNotContain(File.ReadAllLines($"/proc/{slot.InitPid}/mountinfo"), l => l.Split(' ')[4].Contains("host", StringComparison.Ordinal));
        Assert.DoesNotContain(File.ReadAllLines("/proc/self/mountinfo"), l => l.Contains(shop.Home, StringComparison.Ordinal));
        Assert.Equal((64 << 20).ToString(CultureInfo.InvariantCulture), Limit(slot.Cgroup, "memory.limit_in_bytes", "memory.max"));
        Assert.Equal("32", Limit(slot.Cgroup, "pids.max", "pids.max"));

        await shop.Stop();
        Assert.True(Directory.Exists($"/proc/{slot.InitPid}"), "instances outlive the agent");
        await DeliveryHost.Purge(shop.Options, TimeProvider.System, default);
        await Nothing(shop);
        await DeliveryHost.Purge(shop.Options, TimeProvider.System, default); // twice does no harm
    }

    [Fact]
    public async Task A_version_that_starts_and_then_fails_is_taken_back_and_traffic_returns()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var good = await TinyImage.Build(shop, "1");
        var bad = await TinyImage.Build(shop, "2", script: "(/bin/busybox sleep 0.7; /bin/busybox rm /www/index.html) & exec /bin/busybox httpd -f -p 8080 -h /www");
        shop.Start();
        await Install(shop, good);
        Assert.True((await shop.Apply("bad", Workshop.To(bad), bad, keepOld: TimeSpan.FromSeconds(20))).Accepted);
        var end = await shop.Facts.Until("bad", DevicePhase.RolledBack);

        Assert.Equal(("PROBE_FAILED", true, true), (end.Reason, end.ByAgent, end.RollbackWarm));
        Assert.Equal("1", await Page());
        Assert.Single((await shop.Host.Status(default))[0].Slots);
    }

    [Fact]
    public async Task A_version_that_does_not_start_says_why_and_gets_no_traffic()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var good = await TinyImage.Build(shop, "1");
        var bad = await TinyImage.Build(shop, "2", s => s with { Command = ["/usr/bin/missing"] });
        shop.Start();
        await Install(shop, good);
        Assert.True((await shop.Apply("bad", Workshop.To(bad), bad)).Accepted);
        var end = await shop.Facts.Until("bad", DevicePhase.RolledBack);

        Assert.Equal("START_FAILED", end.Reason);
        Assert.Equal("1", await Page());
    }

    [Fact]
    public async Task What_outlives_a_slot_is_in_its_volumes_and_nothing_else()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        ServiceDefinition With(ServiceDefinition s) => s with { Volumes = [new ServiceVolume("data", "/www/data")] };
        const string script = "[ -e /www/data/first ] || echo $(/bin/busybox cat /www/index.html) > /www/data/first; exec /bin/busybox httpd -f -p 8080 -h /www";
        var (one, two) = (await TinyImage.Build(shop, "1", With, script), await TinyImage.Build(shop, "2", With, script));
        shop.Start();
        await Install(shop, one);
        var slot = (await shop.Host.Status(default))[0].Slots.Single();
        File.WriteAllText(Path.Combine(slot.Root, "www/only-here"), "x");
        Assert.True((await shop.Apply("update", Workshop.To(two), two)).Accepted);
        await shop.Facts.Until("update", DevicePhase.Verified);

        Assert.Equal("2", await Page());
        Assert.Equal("1", (await Page("/data/first")).Trim());
        using var client = new HttpClient();
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await client.GetAsync(new Uri($"http://127.0.0.1:{Port}/only-here"))).StatusCode);
    }

    [Fact]
    public async Task A_first_filling_of_a_volume_that_was_cut_short_begins_anew_and_what_a_volume_has_is_kept()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var image = await TinyImage.Build(shop, "1", s => s with { Volumes = [new ServiceVolume("data", "/www"), new ServiceVolume("run", "/run")] });
        var volumes = Directory.CreateDirectory(Path.Combine(shop.Options.DataDirectory, "instances", "web", "volumes")).FullName;
        Directory.CreateDirectory(Path.Combine(volumes, "data_new"));
        File.WriteAllText(Path.Combine(volumes, "data_new", "index.html"), "ha"); // half of it
        Directory.CreateDirectory(Path.Combine(volumes, "run"));
        shop.Start();
        await Install(shop, image);

        Assert.Equal(("1", "old"), (await Page(), await Page("/page.html")));
        Assert.Equal(["data", "run"], Directory.EnumerateDirectories(volumes).Select(d => Path.GetFileName(d)).Order());
    }

    [Fact]
    public async Task Where_two_may_not_run_the_first_stops_before_the_second_starts()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var (one, two) = (await TinyImage.Build(shop, "1", s => s with { TwoMayRun = false }), await TinyImage.Build(shop, "2", s => s with { TwoMayRun = false }));
        shop.Start();
        await Install(shop, one);
        Assert.True((await shop.Apply("update", Workshop.To(two), two)).Accepted);
        await shop.Facts.Until("update", DevicePhase.Verified);
        Assert.Contains("no traffic for", shop.Facts.All.Single(f => f is { Change: "update", Phase: DevicePhase.Applied }).Detail, StringComparison.Ordinal);
        Assert.Equal("2", await Page());

        Assert.True((await shop.Send("back", new DirectiveAction.RollBack("update", "asked"))).Accepted);
        await shop.Facts.Until("back", DevicePhase.RolledBack);
        Assert.Equal("1", await Page());
    }

    [Fact]
    public async Task One_file_is_replaced_in_the_running_slot_and_no_old_mapping_is_left()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        const string script = "while :; do /usr/bin/httpd -f -p 8080 -h /www & echo $! > /run/web; wait; done";
        var image = await TinyImage.Build(shop, "1", s => s with { ReExec = new ReExec(["/bin/sh", "-c", "kill $(/bin/busybox cat /run/web)"], TimeSpan.FromSeconds(5)) }, "exec /usr/bin/sh /usr/bin/loop");
        // The program that is replaced is one of its own, so that the loop goes on.
        var tree = Path.Combine(shop.Home, "tree-1");
        File.Copy("/bin/busybox", Path.Combine(tree, "usr/bin/httpd"));
        File.WriteAllText(Path.Combine(tree, "usr/bin/loop"), script);
        image = await shop.Build("1", image.Contents.Service, new LayerSource([], tree, []));
        var changed = Path.Combine(shop.Home, "changed");
        File.WriteAllBytes(changed, [.. File.ReadAllBytes("/bin/busybox"), 1]);
        File.SetUnixFileMode(changed, (UnixFileMode)0b111_101_101);
        shop.Start();
        await Install(shop, image);
        var before = (await shop.Host.Status(default))[0].Slots.Single();

        Assert.True((await shop.Apply("fix", await TinyImage.Fix(shop, "1.1", ("usr/bin/httpd", changed)), image)).Accepted);
        await shop.Facts.Until("fix", DevicePhase.Verified);
        var after = (await shop.Host.Status(default))[0];
        Assert.Equal(before.InitPid, after.Slots.Single().InitPid);
        Assert.Equal("1.1", after.Manifest!.Hotfixes.Single().ToVersion);
        Assert.Equal((0, 0), (after.StaleMappings, after.StaleProcesses));
        Assert.Equal(File.ReadAllBytes(changed), File.ReadAllBytes(Path.Combine(before.Root, "usr/bin/httpd")));
        Assert.Equal("1", await Page());

        Assert.True((await shop.Send("back", new DirectiveAction.RollBack("fix", "asked"))).Accepted);
        await shop.Facts.Until("back", DevicePhase.RolledBack);
        Assert.Equal(File.ReadAllBytes("/bin/busybox"), File.ReadAllBytes(Path.Combine(before.Root, "usr/bin/httpd")));
        Assert.Equal(before.InitPid, (await shop.Host.Status(default))[0].Slots.Single().InitPid);
    }

    [Fact]
    public async Task A_replaced_file_that_a_process_still_maps_is_seen_and_the_change_is_taken_back()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        // It says that it starts anew, and does not.
        var image = await TinyImage.Build(shop, "1", s => s with { ReExec = new ReExec(["/bin/sh", "-c", "true"], TimeSpan.FromSeconds(1)) });
        var changed = Path.Combine(shop.Home, "changed");
        File.WriteAllBytes(changed, [.. File.ReadAllBytes("/bin/busybox"), 1]);
        File.SetUnixFileMode(changed, (UnixFileMode)0b111_101_101);
        shop.Start();
        await Install(shop, image);
        Assert.True((await shop.Apply("fix", await TinyImage.Fix(shop, "1.1", ("usr/bin/busybox", changed)), image)).Accepted);

        var end = await shop.Facts.Until("fix", DevicePhase.RolledBack);
        Assert.Equal(("NOT_EFFECTIVE", false), (end.Reason, end.RollbackWarm));
        Assert.DoesNotContain(" 0 mappings", shop.Facts.All.Single(f => f is { Change: "fix", Phase: DevicePhase.Failed }).Detail, StringComparison.Ordinal);
        Assert.Equal("1", await Page());
        Assert.Empty((await shop.Manifest())!.Hotfixes);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_change_and_leaves_everything_as_it_was()
    {
        Workshop.RequireRoot();
        var disk = Directory.CreateTempSubdirectory("fleet-disk-").FullName;
        (await Tool.Run("mount", ["-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], default)).Require();
        try
        {
            await using var shop = new Workshop(Path.Combine(disk, "data"));
            var image = await TinyImage.Build(shop, "1");
            shop.Start();
            await Install(shop, image);
            var large = Path.Combine(shop.Home, "large");
            var noise = new byte[60 << 20];
            new Random(1).NextBytes(noise);
            File.WriteAllBytes(large, noise);
            Assert.True((await shop.Apply("fix", await TinyImage.Fix(shop, "1.1", ("www/large", large), ("www/page.html", TinyImage.Text(shop, "new"))), image)).Accepted);
            var end = await shop.Facts.Until("fix", DevicePhase.Rejected);

            Assert.Equal("NO_SPACE", end.Reason);
            Assert.Equal("1", await Page());
            Assert.Empty((await shop.Manifest())!.Hotfixes);
            Assert.True((await shop.Apply("small", await TinyImage.Fix(shop, "1.2", ("www/page.html", TinyImage.Text(shop, "new")), ("www/other.html", TinyImage.Text(shop, "new"))), image)).Accepted);
            await shop.Facts.Until("small", DevicePhase.Verified);
            Assert.Equal("new", await Page("/page.html"));
        }
        finally
        {
            await Tool.Run("umount", ["-l", disk], default);
            Directory.Delete(disk);
        }
    }

    [Fact]
    public async Task A_client_from_outside_reaches_the_service_though_the_device_drops_what_it_forwards()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var image = await TinyImage.Build(shop, "1");
        var (outside, wall) = (Path.Combine(shop.Home, "outside"), shop.Options.Scope + "wall");
        File.WriteAllText(outside, "");
        async Task Run(string tool, params string[] arguments) => (await Tool.Run(tool, arguments, default)).Require();
        await Run("unshare", $"--net={outside}", "true");
        try
        {
            await Run("ip", "link", "add", "ftwall", "type", "veth", "peer", "name", "eth0", "netns", outside);
            await Run("ip", "address", "add", "10.215.0.1/30", "dev", "ftwall");
            await Run("ip", "link", "set", "ftwall", "up");
            await Run("nsenter", $"--net={outside}", "ip", "address", "add", "10.215.0.2/30", "dev", "eth0");
            await Run("nsenter", $"--net={outside}", "ip", "link", "set", "eth0", "up");
            // A wall for this client alone: others use this machine, too.
            (await Tool.Run("nft", ["--file", "-"], default, $$"""
                table ip {{wall}} {
                  chain forward {
                    type filter hook forward priority filter; policy drop;
                    iifname != "ftwall" oifname != "ftwall" accept
                  }
                }
                """)).Require();
            shop.Start();
            await Install(shop, image);
            var page = await Tool.Run("nsenter", [$"--net={outside}", "/bin/busybox", "nc", "-w", "3", "10.215.0.1", $"{Port}"], default, "GET / HTTP/1.0\r\n\r\n");
            Assert.EndsWith("\n1", page.Output, StringComparison.Ordinal);

            await shop.Stop();
            await DeliveryHost.Purge(shop.Options, TimeProvider.System, default);
            Assert.DoesNotContain("fleet", (await Tool.Run("nft", ["list", "table", "ip", wall], default)).Output, StringComparison.Ordinal);
        }
        finally
        {
            await Tool.Run("nft", ["delete", "table", "ip", wall], default);
            await Tool.Run("umount", [outside], default);
            await Tool.Run("ip", ["link", "delete", "ftwall"], default);
        }
    }

    [Fact]
    public async Task A_connection_that_the_kernel_did_not_lead_is_tried_again_and_not_refused()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var image = await TinyImage.Build(shop, "1");
        shop.Start();
        await Install(shop, image);
        var blind = shop.Options.Scope + "blind";
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Task connecting;
        (await Tool.Run("nft", ["--file", "-"], default, $$"""
            table ip {{blind}} {
              chain output {
                type filter hook output priority raw; policy accept;
                tcp dport {{Port}} notrack
              }
            }
            """)).Require();
        try
        {
            // Its first packet leaves within the call, and what isn't tracked isn't led.
            connecting = socket.ConnectAsync(System.Net.IPAddress.Loopback, Port);
        }
        finally
        {
            (await Tool.Run("nft", ["delete", "table", "ip", blind], default)).Require();
        }
        await connecting.WaitAsync(TimeSpan.FromSeconds(30));
        await socket.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        Assert.NotEqual(0, await socket.ReceiveAsync(new byte[1024]));
    }

    [Fact]
    public async Task Two_agents_with_one_address_pool_keep_out_of_each_others_way()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        await using var neighbour = new Workshop(addressPool: shop.Options.AddressPool);
        var image = await TinyImage.Build(shop, "1");
        var theirs = await TinyImage.Build(neighbour, "2");
        shop.Start();
        neighbour.Start();
        await Install(shop, image);
        Assert.True((await neighbour.Apply("taken", Workshop.To(theirs), theirs, ports: Http)).Accepted);
        Assert.Equal("PORT_TAKEN", (await neighbour.Facts.Until("taken", DevicePhase.Rejected)).Reason);
        await neighbour.Apply("beside", Workshop.To(theirs), theirs, bake: TimeSpan.FromMilliseconds(200), ports: new PublishedPort(Port + 1, "http"));
        await neighbour.Facts.Until("beside", DevicePhase.Verified);

        using var client = new HttpClient();
        Assert.Equal(("1", "2"), (await Page(), await client.GetStringAsync(new Uri($"http://127.0.0.1:{Port + 1}/"))));
    }

    [Fact]
    public async Task A_port_that_another_instance_has_is_refused()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var image = await TinyImage.Build(shop, "1");
        shop.Start();
        await Install(shop, image);
        var expected = Manifests.Apply(null, Workshop.To(image), image.Contents, [Http]).Manifest!;
        var answer = await shop.Host.Accept(new Directive("other", "other", 1, TimeSpan.FromSeconds(10), "other",
            new DirectiveAction.Apply(shop.Sign(Workshop.To(image)), expected, TimeSpan.Zero, TimeSpan.Zero)), default);
        Assert.True(answer.Accepted);
        Assert.Equal("PORT_TAKEN", (await shop.Facts.Until("other", DevicePhase.Rejected)).Reason);
        Assert.Equal("1", await Page());
    }

    [Fact]
    public async Task A_killed_agent_goes_on_at_every_step_and_no_request_fails()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var image = await TinyImage.Build(shop, "1");
        using var device = new DeviceProcess(shop);
        var manifest = Manifests.Apply(null, Workshop.To(image), image.Contents, [Http]).Manifest!;
        await device.Send("d1", "install", 1, Workshop.To(image), manifest);
        await device.Until("install", DevicePhase.Verified);
        await using var client = new SteadyClient(new Uri($"http://127.0.0.1:{Port}/"));
        await client.More(20);

        long generation = 1;
        string[] forward = ["Fetch", "Unpack", "Create", "Start", "Answer", "Switch", "Keep", "Drain", "Retire", "Settle", "Bake"];
        string[] back = ["BackCreate", "BackStart", "BackAnswer", "BackSwitch", "BackDrain", "Clear"];
        foreach (var step in (string[])[.. forward, .. back])
        {
            var (change, undo) = ($"fix-{step.ToLowerInvariant()}", $"back-{step.ToLowerInvariant()}");
            var patch = await TinyImage.Fix(shop, $"1.{++generation}", ("www/page.html", TinyImage.Text(shop, step)), ("www/other.html", TinyImage.Text(shop, step)));
            var expected = Manifests.Apply(manifest, patch, image.Contents, []).Manifest!;
            var killed = device.KillAt(step);
            await Through(device, killed, step, forward, () => device.Send("d-" + change, change, generation, patch, expected), change, DevicePhase.Verified);
            Assert.Equal("Admitted Prepared Applied Effective Verified", device.Story(change));
            Assert.Equal(step, await Page("/page.html"));

            generation++;
            await Through(device, killed, step, back, () => device.Send("d-" + undo, undo, generation, undoes: change), undo, DevicePhase.RolledBack);
            Assert.Equal("Admitted RollingBack RolledBack", device.Story(undo));
            Assert.Equal("old", await Page("/page.html"));
        }
        Assert.True(client.Failures.IsEmpty, string.Join('\n', client.Failures));
    }

    // A directive that was not answered is sent again after the restart, as the engine does; it does no more than once.
    private static async Task Through(DeviceProcess device, Task killed, string step, string[] mine, Func<Task> send, string change, DevicePhase phase)
    {
        await send();
        if (mine.Contains(step))
        {
            await killed.WaitAsync(TimeSpan.FromSeconds(30));
            await device.Dead();
            device.Start();
            await send();
        }
        await device.Until(change, phase);
    }

    private static async Task Install(Workshop shop, BuiltImage image)
    {
        var answer = await shop.Apply("install", Workshop.To(image), image, bake: TimeSpan.FromMilliseconds(200), ports: Http);
        Assert.True(answer.Accepted, answer.Detail);
        await shop.Facts.Until("install", DevicePhase.Verified);
    }

    private static async Task<string> Page(string path = "/")
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri($"http://127.0.0.1:{Port}{path}"));
    }

    private static string Limit(string group, string one, string two) => ((string[])[$"/sys/fs/cgroup/memory{group}/{one}", $"/sys/fs/cgroup/pids{group}/{one}", $"/sys/fs/cgroup{group}/{two}"])
        .Where(File.Exists).Select(f => File.ReadAllText(f).Trim()).First();

    private static async Task Nothing(Workshop shop)
    {
        Assert.DoesNotContain(File.ReadAllLines("/proc/self/mountinfo"), l => l.Contains(shop.Home, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries("/sys/class/net", shop.Options.Scope + "-*"));
        Assert.DoesNotContain($"table ip {shop.Options.Scope}", (await Tool.Run("nft", ["list", "tables"], default)).Output.Split('\n'));
        Assert.Empty(Directory.EnumerateDirectories("/sys/fs/cgroup", shop.Options.Scope, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }));
        Assert.DoesNotContain(Process.GetProcesses(), p => ProcessEntry.Read(p.Id) is { State: not 'Z' } && ProcessEntry.Text(p.Id, "cgroup")?.Contains($"/{shop.Options.Scope}/", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(shop.Options.AddressPool.ToString(), (await Tool.Run("ip", ["route"], default)).Output, StringComparison.Ordinal);
    }
}
