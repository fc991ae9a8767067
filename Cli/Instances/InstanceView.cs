using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>An instance, for people.</summary>
internal static class InstanceView
{
    public static IRenderable Render(Instance instance) => Tables.Stack(
    [
        Tables.Facts(Facts(instance)),
        .. instance.Change is { } change ? [new Text("\nChange", Styles.Heading), Tables.Facts(ChangeView.Facts(change).Where(f => f.Item1 != "instance"))] : Array.Empty<IRenderable>(),
        .. Tables.Section("Slots", Slots(instance)),
        .. Tables.Section("Hotfixes in force", Hotfixes(instance)),
        .. Tables.Section("Restore points", RestorePoints(instance)),
    ]);

    private static IEnumerable<(string, string)> Facts(Instance instance)
    {
        yield return ("instance", $"{instance.Resource}/{instance.Name}");
        yield return ("health", Words.Of(instance.Health));
        if (instance.HealthDetail.Length > 0) yield return ("", instance.HealthDetail);
        yield return ("runs", Words.Of(instance.Observed));
        if (!Equals(instance.Desired, instance.Observed)) yield return ("should run", Words.Of(instance.Desired));
        if ((instance.Desired ?? instance.Observed)?.Ports is { Count: > 0 } ports) yield return ("ports", string.Join(' ', ports.Select(Ports.Write)));
        yield return ("generation", $"{instance.Generation}");
        if (instance.Lease is { } lease) yield return ("held by", $"{lease.Holder} until {Words.At(lease.Until)}");
        if (instance.Report is { StaleMappings: > 0 } or { StaleProcesses: > 0 })
            yield return ("old code", $"{instance.Report.StaleProcesses} processes, {instance.Report.StaleMappings} mappings");
        yield return ("packages", $"{instance.Packages.Count}");
        yield return ("last report", Words.At(instance.LastReport));
    }

    private static Table Slots(Instance instance)
    {
        var table = Tables.List("slot", "traffic", "running", "runs", "pid", "connections", "started");
        foreach (var slot in instance.Slots)
            table.Row(slot.Id, Words.Of(slot.Active), Words.Of(slot.Running), Words.Of(slot.Manifest), $"{slot.InitPid}", $"{slot.Connections}", Words.At(slot.Started));
        return table;
    }

    private static Table Hotfixes(Instance instance)
    {
        var table = Tables.List("patch", "component", "from", "to");
        foreach (var hotfix in instance.Observed?.Hotfixes ?? [])
            table.Row(hotfix.Patch, hotfix.Component, hotfix.FromVersion, hotfix.ToVersion);
        return table;
    }

    private static Table RestorePoints(Instance instance)
    {
        var table = Tables.List("before change", "goes back to", "made");
        foreach (var point in instance.RestorePoints)
            table.Row(point.Change, Words.Of(point.Manifest), Words.At(point.Made));
        return table;
    }
}
