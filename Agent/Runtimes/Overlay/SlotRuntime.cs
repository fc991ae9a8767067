using System.Collections.Immutable;
using System.Globalization;
using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>
/// Slots as sets of namespaces over an overlay mount. Everything of a running slot hangs on its processes: when the last one
/// ends, mounts, namespaces and link are gone. They outlive the agent, which finds them again by their cgroup.
/// </summary>
internal sealed class SlotRuntime(DeliveryOptions options, LayerStore layers, Cgroups cgroups, Networks networks, Scripts scripts, TimeProvider time)
{
    private const long LargestLog = 8 << 20;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    public SlotPlace Place(string instance, SlotState slot) => new(options, instance, slot);

    /// <summary>Makes the slot's directories and takes the lowest free place in the address pool, or the one that it has.</summary>
    public int Create(SlotPlace place)
    {
        foreach (var directory in (string[])[place.Upper, place.Work, place.MountPoint]) Directory.CreateDirectory(directory);
        // The volumes themselves come into being whole, when the first slot that has them starts.
        Directory.CreateDirectory(place.Volumes);
        return networks.Take(place);
    }

    /// <summary>The slot's init, if it runs.</summary>
    public ProcessEntry? Find(SlotPlace place)
    {
        foreach (var pid in cgroups.Members(place.Cgroup))
            if (ProcessEntry.Read(pid) is { Command: "init", IsInit: true } init) return init;
        return null;
    }

    /// <summary>Starts the slot, unless it runs.</summary>
    /// <exception cref="ToolException">It did not start; the message has what it said.</exception>
    public async Task<ProcessEntry> Start(SlotPlace place, CancellationToken cancel)
    {
        if (Find(place) is { } running) return running;
        await Clean(place, cancel); // what a start that was cut short left
        var service = place.Slot.Stack.Service;
        cgroups.Make(place.Cgroup, service.Limits);
        BoundLog(place);
        var before = File.Exists(place.Log) ? new FileInfo(place.Log).Length : 0;
        IEnumerable<string> arguments =
        [
            scripts.Launch,
            .. service.Volumes.SelectMany(v => (string[])[place.VolumeOf(v.Name), v.Path]),
            "--", .. Environment(service), "setpriv", Rights.DropSetUp, "/dev/.fleet/init", "--", .. service.Command,
        ];
        (await Tool.Run("sh", arguments, cancel, environment: Launch(place, service))).Require();

        var start = time.GetTimestamp();
        ProcessEntry? init;
        while ((init = Find(place)) is null)
        {
            if (cgroups.Members(place.Cgroup).Count == 0 || time.GetElapsedTime(start) > StartLimit)
                throw new ToolException($"the slot did not start: {Tail(place, before)}");
            await Task.Delay(Look, time, cancel);
        }
        await Unname(place, cancel);
        return init.Value;
    }

    /// <summary>Stops the slot: its signal, then, when its time is over, the end of all its processes.</summary>
    public async Task Stop(SlotPlace place, CancellationToken cancel)
    {
        var service = place.Slot.Stack.Service;
        if (Find(place) is { } init && Linux.Signal(init.Pid, Signals.NumberOf(service.StopSignal)))
            await Empty(place, service.StopTimeout, cancel);
        await Clean(place, cancel);
    }

    /// <summary>Stops the slot and removes all that is left of it.</summary>
    public async Task Remove(SlotPlace place, CancellationToken cancel)
    {
        await Stop(place, cancel);
        if (Directory.Exists(place.Home)) Directory.Delete(place.Home, recursive: true);
    }

    /// <summary>Runs a command of the image in the running slot.</summary>
    public async Task<ToolResult> Exec(SlotPlace place, ImmutableArray<string> command, CancellationToken cancel)
    {
        var init = Find(place) ?? throw new ToolException("the slot does not run");
        IEnumerable<string> arguments =
            [scripts.Exec, .. Environment(place.Slot.Stack.Service), "/dev/.fleet/busybox", "setpriv", Rights.DropSetUp, .. command];
        return await Tool.Run("sh", arguments, cancel, environment: new Dictionary<string, string>
        {
            ["FLEET_CGROUPS"] = CgroupsOf(place),
            ["FLEET_PID"] = init.Pid.ToString(CultureInfo.InvariantCulture),
            ["FLEET_BOUNDING"] = Rights.Bounding,
            ["FLEET_INHERITED"] = Rights.SetUp,
        });
    }

    /// <summary>Keeps what a service says within bounds: what is older than the last part is dropped.</summary>
    public static void BoundLog(SlotPlace place)
    {
        var log = new FileInfo(place.Log);
        if (!log.Exists || log.Length <= LargestLog) return;
        // The service appends, so it goes on at the new end.
        log.CopyTo(place.Log + ".old", overwrite: true);
        using var file = log.Open(FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
    }

    private async Task Clean(SlotPlace place, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            cgroups.Kill(place.Cgroup);
            if (cgroups.Remove(place.Cgroup)) break;
            if (time.GetElapsedTime(start) > KillLimit) throw new ToolException($"processes {string.Join(", ", cgroups.Members(place.Cgroup))} of the slot can't be killed");
            await Task.Delay(Look, time, cancel);
        }
        await Unname(place, cancel);
        if (place.Slot.Network is null || networks.OtherHas(place)) return; // what another slot has is not ours
        await Forget(place, cancel);
        // The kernel removes it with the namespace, but in its own time.
        if (Directory.Exists($"/sys/class/net/{place.Link}")) await Tool.Run("ip", ["link", "delete", place.Link], cancel);
    }

    // What was under way to the slot was refused when it ended; without a connection, only the kernel's memory leads there.
    private static async Task Forget(SlotPlace place, CancellationToken cancel)
    {
        if (Tool.Find("conntrack") is not null)
            await Tool.Run("conntrack", ["--delete", "--reply-src", place.SlotAddress.ToString()], cancel);
    }

    private static async Task Unname(SlotPlace place, CancellationToken cancel)
    {
        if (!File.Exists(place.Net)) return;
        await Tool.Run("umount", [place.Net], cancel); // not mounted when a start was cut short early
        File.Delete(place.Net);
    }

    private async Task Empty(SlotPlace place, TimeSpan limit, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (cgroups.Members(place.Cgroup).Count > 0 && time.GetElapsedTime(start) < limit) await Task.Delay(Look, time, cancel);
    }

    private Dictionary<string, string> Launch(SlotPlace place, ServiceDefinition service) => new()
    {
        ["FLEET_NET"] = place.Net,
        ["FLEET_LINK"] = place.Link,
        ["FLEET_HOST_ADDRESS"] = place.HostAddress.ToString(),
        ["FLEET_SLOT_ADDRESS"] = place.SlotAddress.ToString(),
        ["FLEET_CGROUPS"] = CgroupsOf(place),
        ["FLEET_BOUNDING"] = Rights.Bounding,
        ["FLEET_INHERITED"] = Rights.SetUp,
        ["FLEET_ENTER"] = scripts.Enter,
        ["FLEET_LOG"] = place.Log,
        ["FLEET_HOSTNAME"] = place.Instance,
        // Relative to the layers: a mount has room for a page of options.
        ["FLEET_LAYERS"] = Path.GetDirectoryName(layers.PathOf(place.Slot.Mounted[0].Digest))!,
        ["FLEET_LOWER"] = string.Join(':', place.Slot.Mounted.Reverse().Select(l => Path.GetFileName(layers.PathOf(l.Digest)))),
        ["FLEET_UPPER"] = place.Upper,
        ["FLEET_WORK"] = place.Work,
        ["FLEET_ROOT"] = place.MountPoint,
        ["FLEET_INIT"] = options.Init,
        ["FLEET_BUSYBOX"] = options.Busybox,
        ["FLEET_DIRECTORY"] = service.WorkingDirectory,
    };

    private string CgroupsOf(SlotPlace place) => string.Join('\n', cgroups.Directories(place.Cgroup));

    private static IEnumerable<string> Environment(ServiceDefinition service) => service.Environment.ContainsKey("PATH")
        ? service.Environment.Select(e => $"{e.Key}={e.Value}")
        : service.Environment.Select(e => $"{e.Key}={e.Value}").Prepend("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    private static string Tail(SlotPlace place, long from)
    {
        if (!File.Exists(place.Log)) return "it said nothing";
        using var log = File.Open(place.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(Math.Max(from, log.Length - 2000), SeekOrigin.Begin);
        using var reader = new StreamReader(log);
        return reader.ReadToEnd().Trim() is { Length: > 0 } said ? said : "it said nothing";
    }
}
