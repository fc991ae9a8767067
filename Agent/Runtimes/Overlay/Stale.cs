using System.Collections.Immutable;
using System.Globalization;
using Fleet.Agent.Delivery;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>What still runs old code: processes of other slots of the instance, and mappings of files that were replaced.</summary>
internal static class Stale
{
    private const string Deleted = " (deleted)";

    public static Happening.Looked Look(SlotPlace place, ImmutableArray<string> replaced, Cgroups cgroups)
    {
        var instance = place.Cgroup[..place.Cgroup.LastIndexOf('/')];
        var others = cgroups.Below(instance).Where(slot => slot != place.Slot.Id.ToString(CultureInfo.InvariantCulture));
        var processes = others.Sum(slot => cgroups.Members($"{instance}/{slot}").Count);
        var gone = replaced.Select(file => "/" + file + Deleted).ToHashSet(StringComparer.Ordinal);
        var mappings = gone.Count == 0 ? 0 : cgroups.Members(place.Cgroup).Sum(pid => Count(ProcessEntry.Text(pid, "maps"), gone));
        return new Happening.Looked(processes, mappings);
    }

    // A line: range, rights, offset, device, inode, and the path from the sixth field on.
    internal static int Count(string? maps, IReadOnlySet<string> gone) => (maps ?? "").Split('\n')
        .Select(line => line.IndexOf('/')).Zip((maps ?? "").Split('\n'), (at, line) => at < 0 ? "" : line[at..])
        .Count(gone.Contains);
}
