using Fleet.Instances;

namespace Fleet.Gateway.Api;

/// <summary>Instances and their changes, in the words of the contract.</summary>
internal static partial class Wires
{
    public static Wire.Instance Of(InstanceView view)
    {
        var instance = new Wire.Instance
        {
            Resource = view.Id.Resource,
            Name = view.Id.Name,
            Desired = Of(view.Desired),
            Observed = Of(view.Observed),
            Generation = (ulong)view.Generation,
            Health = (Wire.Health)view.Health,
            HealthDetail = view.HealthDetail,
            Change = view.Change is { } change ? Of(change) : null,
            Lease = view.Lease is { } lease ? new Wire.Lease { Holder = lease.Holder, Until = Of(lease.Until) } : null,
            LastReport = Of(view.LastReport),
            Report = view.Facts is { Report.IsDefaultOrEmpty: false } facts ? Wire.InstanceReport.Parser.ParseFrom(facts.Report.AsSpan()) : null,
        };
        instance.RestorePoints.AddRange(view.RestorePoints.Select(p => new Wire.RestorePoint { Change = p.Change, Manifest = Of(p.Manifest), Made = Of(p.Made) }));
        instance.Slots.AddRange((view.Facts?.Slots ?? []).Select(Of));
        instance.Packages.AddRange(view.Packages);
        instance.Labels.Add(Of(view.Labels));
        return instance;
    }

    public static Wire.InstanceSummary Summary(InstanceView view)
    {
        var summary = new Wire.InstanceSummary
        {
            Resource = view.Id.Resource,
            Instance = view.Id.Name,
            Manifest = Of(view.Committed),
            Health = (Wire.Health)view.Health,
            LastReport = Of(view.LastReport),
            Change = view.Change is { } change && !change.Phase.IsTerminal() ? change.Id : "",
        };
        summary.Labels.Add(Of(view.Labels));
        return summary;
    }

    public static Wire.Change Of(ChangeView view)
    {
        var change = new Wire.Change
        {
            Id = view.Id,
            Resource = view.Instance.Resource,
            Instance = view.Instance.Name,
            Patch = view.Patch,
            Phase = (Wire.ChangePhase)view.Phase,
            Detail = view.Detail,
            Reason = view.Reason,
            RequestedBy = view.By,
            Requested = Of(view.Requested),
            Deadline = Of(view.Deadline),
            Ended = Of(view.Ended),
            Generation = (ulong)view.Generation,
            ByAgent = view.ByAgent,
            RollbackMs = view.RollbackTook.TotalMilliseconds,
            RollbackWarm = view.RollbackWarm,
            Undoes = view.Undoes,
        };
        change.History.AddRange(view.History.Select(h => new Wire.PhaseEntry { Phase = (Wire.ChangePhase)h.Phase, At = Of(h.At), Detail = h.Detail }));
        return change;
    }

    public static Wire.InstanceManifest? Of(Manifest? manifest)
    {
        if (manifest is null) return null;
        var wire = new Wire.InstanceManifest { Image = manifest.Image, Version = manifest.Version, ImageDigest = manifest.ImageDigest };
        wire.Hotfixes.AddRange(manifest.Hotfixes.Select(h => new Wire.HotfixInForce
        {
            Patch = h.Patch,
            Component = h.Component,
            FromVersion = h.FromVersion,
            ToVersion = h.ToVersion,
            Layer = h.Layer,
        }));
        wire.Ports.AddRange(manifest.Ports.Select(p => new Wire.PublishedPort { HostPort = (uint)p.HostPort, ServicePort = p.ServicePort }));
        return wire;
    }

    private static Wire.Slot Of(SlotFacts slot) => new()
    {
        Id = slot.Id,
        Active = slot.Active,
        Running = slot.Running,
        Manifest = Of(slot.Manifest),
        InitPid = (uint)slot.InitPid,
        Connections = (uint)slot.Connections,
        Started = Of(slot.Started),
    };

    private static Dictionary<string, string> Of(Labels labels) => labels.All.ToDictionary(l => l.Key, l => l.Value);
}
