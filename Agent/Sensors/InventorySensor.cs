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
        var os = Read(root, "etc/os-release", text => OsRelease.Parse(text.ReadToEnd()));
        var distro = os is not null && os.TryGetValue("ID", out var id) && os.TryGetValue("VERSION_ID", out var version) ? $"{id}-{version}" : null;
        // One package of one architecture once: the record in status.d is what a layer replaced it by.
        var packages = new Dictionary<(string, string), string>();
        foreach (var record in records)
        {
            Read(root, record, text =>
            {
                foreach (var package in DpkgDatabase.Parse(text))
                    packages[(package.Name, package.Architecture)] = PackageUrl.Debian(package.Name, package.Version, package.Architecture, distro).ToString();
                return true;
            });
        }

        return new(packages.Values, StringComparer.Ordinal);
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

    // Nothing when the file isn't there, or is no file that anybody would have written there in good faith.
    private static T? Read<T>(RootedFiles root, string path, Func<StreamReader, T> read)
    {
        using var file = root.OpenFile(path);
        if (file is null || Length(file) is not (> 0 and <= Largest)) return default;
        try
        {
            using var text = new StreamReader(new FileStream(file, FileAccess.Read, bufferSize: 0), Encoding.UTF8);
            return read(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return default;
        }
    }

    private static long Length(SafeFileHandle file)
    {
        try { return RandomAccess.GetLength(file); }
        catch (Exception e) when (e is IOException or NotSupportedException) { return 0; } // a pipe or a directory
    }
}
