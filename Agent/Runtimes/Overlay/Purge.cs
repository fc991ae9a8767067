using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Removes everything that delivery made on a device: processes, namespaces, mounts, cgroups, links, rules, instances.</summary>
internal static class Purge
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Safe to repeat, also when nothing is there.</summary>
    public static async Task Everything(DeliveryOptions options, TimeProvider time, CancellationToken cancel)
    {
        Requirements.Require(options);
        await Traffic.Remove(options, cancel);
        var cgroups = Cgroups.Find();
        var start = time.GetTimestamp();
        while (true)
        {
            cgroups.Kill("/" + options.Scope);
            if (cgroups.Remove("/" + options.Scope)) break;
            if (time.GetElapsedTime(start) > Limit)
                throw new ToolException($"processes {string.Join(", ", cgroups.Members("/" + options.Scope))} can't be killed");
            await Task.Delay(Look, time, cancel);
        }
        foreach (var mount in Mounts(options.DataDirectory)) (await Tool.Run("umount", [mount], cancel)).Require();
        foreach (var link in Directory.EnumerateFileSystemEntries("/sys/class/net", options.Scope + "-*"))
            await Tool.Run("ip", ["link", "delete", Path.GetFileName(link)], cancel);
        foreach (var part in (string[])["instances", "layers", "runtime"])
            if (Path.Combine(options.DataDirectory, part) is var directory && Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        PartialContent.Delete(Path.Combine(options.DataDirectory, "content"), new HashSet<Digest>());
    }

    // Names of network namespaces that starts which were cut short left.
    private static string[] Mounts(string below) =>
    [
        .. File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')[4])
            .Where(path => path.StartsWith(below + "/instances/", StringComparison.Ordinal)),
    ];
}
