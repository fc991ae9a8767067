using Fleet.Agent.Delivery;
using Fleet.Images;
using Google.Protobuf.WellKnownTypes;
using V1 = Fleet.Protocol.V1;

namespace Fleet.Agent.Link;

/// <summary>Between the contract's messages and the words of delivery. Pure.</summary>
internal static class Wire
{
    /// <summary>How long a directive may wait that doesn't say so.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromHours(1);

    /// <summary>Reads a directive; null with a reason when it can't be meant.</summary>
    /// <param name="waited">How long it lay here since it came.</param>
    public static Directive? Read(V1.Directive wire, TimeSpan waited, out string problem)
    {
        problem = "";
        try
        {
            var action = Action(wire);
            var within = (wire.StartWithin?.ToTimeSpan() ?? DefaultWait) - waited;
            if (action is not null && wire.Id.Length > 0 && wire.Instance.Length > 0)
                return new(wire.Id, wire.Instance, checked((long)wire.Generation), within > TimeSpan.Zero ? within : TimeSpan.Zero, wire.Change, action);
            problem = action is null ? "action: this agent doesn't know what is asked for" : "id and instance must be given";
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException)
        {
            problem = e.Message;
        }

        return null;
    }

    public static V1.AgentMessage Write(Progress progress) => new()
    {
        InstanceName = progress.Instance,
        Progress = new()
        {
            Change = progress.Change,
            Directive = progress.Directive,
            Generation = (ulong)progress.Generation,
            Phase = Write(progress.Phase),
            Detail = progress.Detail,
            Reason = progress.Reason,
            DeviceTime = progress.At.ToTimestamp(),
            Step = (ulong)progress.Step,
            ByAgent = progress.ByAgent,
            RollbackMs = progress.RollbackTook.TotalMilliseconds,
            RollbackWarm = progress.RollbackWarm,
        },
    };

    public static V1.AgentMessage Write(string instance, DirectiveAnswer answer) => new()
    {
        InstanceName = instance,
        Answer = new() { Directive = answer.Directive, Accepted = answer.Accepted, Reason = answer.Reason, Detail = answer.Detail },
    };

    /// <summary>What delivery knows of an instance; sensors add the rest.</summary>
    public static V1.InstanceReport Write(InstanceStatus status)
    {
        var report = new V1.InstanceReport
        {
            Name = status.Name,
            Observed = status.Manifest is { } manifest ? Write(manifest) : null,
            Generation = (ulong)status.Generation,
            Health = status.Health switch
            {
                Health.Healthy => V1.Health.Healthy,
                Health.Unhealthy => V1.Health.Unhealthy,
                _ => V1.Health.Unknown,
            },
            HealthDetail = status.HealthDetail,
            Probes = (ulong)Math.Max(0, status.Probes),
            FailedProbes = (ulong)Math.Max(0, status.Errors),
            StaleMappings = (uint)Math.Max(0, status.StaleMappings),
            StaleProcesses = (uint)Math.Max(0, status.StaleProcesses),
        };
        report.Slots.AddRange(status.Slots.Select(Write));
        return report;
    }

    private static V1.Slot Write(SlotStatus slot) => new()
    {
        Id = slot.Id,
        Active = slot.Active,
        Running = slot.Running,
        Manifest = Write(slot.Manifest),
        InitPid = (uint)Math.Max(0, slot.InitPid),
        Connections = (uint)Math.Max(0, slot.Connections),
        Started = slot.Started.ToTimestamp(),
    };

    private static V1.InstanceManifest Write(InstanceManifest manifest)
    {
        var wire = new V1.InstanceManifest { Image = manifest.Image, Version = manifest.Version, ImageDigest = manifest.ImageDigest.ToString() };
        wire.Hotfixes.AddRange(manifest.Hotfixes.Select(h => new V1.HotfixInForce
        {
            Patch = h.Patch,
            Component = h.Component,
            FromVersion = h.FromVersion,
            ToVersion = h.ToVersion,
            Layer = h.Layer.ToString(),
        }));
        wire.Ports.AddRange(manifest.Ports.Select(p => new V1.PublishedPort { HostPort = (uint)p.HostPort, ServicePort = p.ServicePort }));
        return wire;
    }

    private static DirectiveAction? Action(V1.Directive wire) => wire.ActionCase switch
    {
        V1.Directive.ActionOneofCase.Apply => new DirectiveAction.Apply(
            wire.Apply.Envelope.Memory,
            Read(wire.Apply.Expected ?? throw new FormatException("apply.expected must be given")),
            wire.Apply.Bake?.ToTimeSpan() ?? TimeSpan.Zero,
            wire.Apply.KeepOld?.ToTimeSpan() ?? TimeSpan.Zero),
        V1.Directive.ActionOneofCase.RollBack => new DirectiveAction.RollBack(wire.RollBack.Undoes, wire.RollBack.Reason),
        V1.Directive.ActionOneofCase.Commit => new DirectiveAction.Commit(),
        _ => null,
    };

    private static InstanceManifest Read(V1.InstanceManifest wire) => new()
    {
        Image = wire.Image,
        Version = wire.Version,
        ImageDigest = Digest.Parse(wire.ImageDigest),
        Hotfixes = [.. wire.Hotfixes.Select(h => new Hotfix(h.Patch, h.Component, h.FromVersion, h.ToVersion, Digest.Parse(h.Layer)))],
        Ports = [.. wire.Ports.Select(p => new PublishedPort(checked((int)p.HostPort), p.ServicePort))],
    };

    private static V1.ChangePhase Write(DevicePhase phase) => phase switch
    {
        DevicePhase.Admitted => V1.ChangePhase.Admitted,
        DevicePhase.Prepared => V1.ChangePhase.Prepared,
        DevicePhase.Applied => V1.ChangePhase.Applied,
        DevicePhase.Effective => V1.ChangePhase.Effective,
        DevicePhase.Verified => V1.ChangePhase.Verified,
        DevicePhase.Committed => V1.ChangePhase.Committed,
        DevicePhase.Failed => V1.ChangePhase.Failed,
        DevicePhase.RollingBack => V1.ChangePhase.RollingBack,
        DevicePhase.RolledBack => V1.ChangePhase.RolledBack,
        DevicePhase.NeedsHuman => V1.ChangePhase.NeedsHuman,
        DevicePhase.Expired => V1.ChangePhase.Expired,
        DevicePhase.Rejected => V1.ChangePhase.Rejected,
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "no such phase in the contract"),
    };
}
