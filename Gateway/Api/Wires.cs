using Fleet.Audit;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>What grains say, in the words of the contract.</summary>
internal static class Wires
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
        return instance;
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

    public static Wire.Resource Of(ResourceView view)
    {
        var resource = new Wire.Resource
        {
            Name = view.Id.Name,
            Connected = view.Connected,
            LastSeen = Of(view.LastSeen),
            AgentVersion = view.AgentVersion,
            OperatingSystem = view.OperatingSystem.IsDefaultOrEmpty ? null : Wire.OperatingSystem.Parser.ParseFrom(view.OperatingSystem.AsSpan()),
            Report = view.Facts is { Report.IsDefaultOrEmpty: false } facts ? Wire.ResourceReport.Parser.ParseFrom(facts.Report.AsSpan()) : null,
            ClockSkew = view.Facts is { } known ? Duration.FromTimeSpan(known.ClockSkew) : null,
            PendingDirectives = (uint)view.Pending,
            CertificateExpires = Of(view.CertificateExpires),
        };
        resource.Instances.AddRange(view.Facts?.Instances ?? []);
        resource.Packages.AddRange(view.Packages);
        return resource;
    }

    public static Wire.Image Of(ImageView view)
    {
        var image = new Wire.Image { Name = view.Name };
        image.Versions.AddRange(view.Versions.Select(v => Of(view.Name, v)));
        image.Patches.AddRange(view.Patches.Select(Of));
        return image;
    }

    public static Wire.ImageVersion Of(string image, ImageVersionFacts facts)
    {
        var version = new Wire.ImageVersion { Image = image, Version = facts.Version, Digest = facts.Digest, Published = Of(facts.Published) };
        version.Components.AddRange(facts.Components);
        return version;
    }

    public static Wire.Patch Of(PatchView view)
    {
        var patch = new Wire.Patch
        {
            Id = view.Id,
            Image = view.Image,
            Kind = view.Kind,
            Version = view.Version,
            Component = view.Component,
            FromVersion = view.FromVersion,
            ToVersion = view.ToVersion,
            Issued = Of(view.Issued),
            Expires = Of(view.Expires),
            PublisherKey = view.PublisherKey,
            Quarantined = view.Quarantined,
            QuarantineReason = view.QuarantineReason,
        };
        patch.Fixes.AddRange(view.Fixes);
        return patch;
    }

    public static Wire.AuditRecord Of(AuditRecord record) => new()
    {
        Shard = (uint)record.Shard,
        Number = (ulong)record.Number,
        Id = record.Entry.Id,
        At = Of(record.Entry.At),
        Actor = record.Entry.Actor,
        Action = record.Entry.Action,
        Subject = record.Entry.Subject,
        Change = record.Entry.Change,
        Reason = record.Entry.Reason,
        Evidence = record.Entry.Evidence,
        Outcome = record.Entry.Outcome,
        Terminal = record.Entry.Terminal,
        Hash = record.Hash,
    };

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

    public static Timestamp Of(DateTimeOffset time) => Timestamp.FromDateTimeOffset(time);

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

    private static Timestamp? Of(DateTimeOffset? time) => time is { } known ? Of(known) : null;
}
