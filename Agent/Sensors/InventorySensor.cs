using System.Text;
using Fleet.Agent.Delivery;
using Fleet.Images;
using Fleet.Protocol.V1;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Agent.Sensors;

/// <summary>Tells which packages the device and its instances have, when that changed.</summary>
internal sealed class InventorySensor
{
    private const long Largest = 64 << 20;
    private const string Dpkg = "var/lib/dpkg/";
    private readonly Dictionary<string, Seen> _seen = [];

    // Stamp: times and sizes of the files, so that they are parsed only when they changed. Digest: what was told last.
    private sealed record Seen(string Stamp, Digest? Told);

    /// <summary>Inventories that differ from what was told last: of the resource under the empty name, and of instances.</summary>
    public List<InventoryReport> Changed(IReadOnlyList<InstanceStatus> instances)
    {
        var changed = new List<InventoryReport>();
        Look("", ["/"], changed);
        foreach (var instance in instances)
        {
            if (instance.Slots.FirstOrDefault(slot => slot.Active) is not { } slot) continue;
            // The mount may be visible to the slot's own processes only.
            Look(instance.Name, slot is { Running: true, InitPid: > 0 } ? [$"/proc/{slot.InitPid}/root", slot.Root] : [slot.Root], changed);
        }

        foreach (var gone in _seen.Keys.Except([.. instances.Select(instance => instance.Name), ""]).ToArray()) _seen.Remove(gone);
        return changed;
    }

    /// <summary>What was told did not arrive: tell it again next time.</summary>
    public void Forget(string instance) => _seen.Remove(instance);

    private void Look(string name, string[] roots, List<InventoryReport> changed)
    {
        foreach (var path in roots)
        {
            using var root = RootedFiles.Open(path);
            if (root is null) continue;
            string[] records = [Dpkg + "status", .. root.List(Dpkg + "status.d").Where(file => !file.EndsWith(".md5sums", StringComparison.Ordinal)).Select(file => Dpkg + "status.d/" + file)];
            var stamp = Stamp(root, records);
            // No database is no empty inventory: nothing is known.
            if (stamp.Length == 0) continue;
            if (_seen.TryGetValue(name, out var seen) && seen.Stamp == stamp) return;

            var packages = Packages(root, records);
            var digest = Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', packages)));
            _seen[name] = new(stamp, digest);
            if (digest == seen?.Told) return;
            var report = new InventoryReport { Instance = name };
            report.Packages.AddRange(packages);
            changed.Add(report);
            return;
        }
    }

    private static SortedSet<string> Packages(RootedFiles root, string[] records)
    {
        var os = OsRelease.Parse(Read(root, "etc/os-release"));
        var distro = os.TryGetValue("ID", out var id) && os.TryGetValue("VERSION_ID", out var version) ? $"{id}-{version}" : null;
        var packages = new SortedDictionary<(string, string), DebianPackage>();
        foreach (var record in records)
        {
            using var text = new StringReader(Read(root, record));
            foreach (var package in DpkgDatabase.Parse(text)) packages[(package.Name, package.Architecture)] = package;
        }

        return new(packages.Values.Select(package => PackageUrl.Debian(package.Name, package.Version, package.Architecture, distro).ToString()), StringComparer.Ordinal);
    }

    private static string Stamp(RootedFiles root, string[] records)
    {
        var stamp = new StringBuilder();
        foreach (var record in records)
        {
            using var file = root.OpenFile(record);
            if (file is not null) stamp.Append(record).Append(' ').Append(File.GetLastWriteTimeUtc(file).Ticks).Append(' ').Append(Length(file)).Append('\n');
        }

        return stamp.ToString();
    }

    private static string Read(RootedFiles root, string path)
    {
        using var file = root.OpenFile(path);
        if (file is null || Length(file) is not (> 0 and <= Largest)) return "";
        try
        {
            var content = new byte[Length(file)];
            var length = RandomAccess.Read(file, content, 0);
            return Encoding.UTF8.GetString(content, 0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return "";
        }
    }

    private static long Length(SafeFileHandle file)
    {
        try { return RandomAccess.GetLength(file); }
        catch (Exception e) when (e is IOException or NotSupportedException) { return 0; } // a pipe or a directory
    }
}
