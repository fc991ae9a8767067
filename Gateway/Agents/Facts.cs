using System.Collections.Immutable;
using Fleet.Instances;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Agents;

/// <summary>What agents say, in the words of the grains. Pure; refuses what makes no sense, by name.</summary>
internal static class Facts
{
    // Beyond this a clock is simply wrong, and more digits say no more.
    private static readonly TimeSpan MostSkew = TimeSpan.FromDays(36525);

    // What a device says of itself is kept and shown: a broken one must not fill the engine with it.
    private const int LongestReason = 64;
    private const int LongestDetail = 1024;
    private const int LargestReport = 1 << 20;

    public static ChangeProgress Of(Wire.ChangeProgress progress)
    {
        Require(progress.Change.Length is > 0 and <= 128, "progress.change", "expected the id of a change");
        Require(System.Enum.IsDefined(progress.Phase) && progress.Phase != Wire.ChangePhase.Unspecified, "progress.phase", "is not known");
        Require(progress.Step is > 0 and <= long.MaxValue, "progress.step", "counts from 1");
        Require(progress.Generation <= long.MaxValue, "progress.generation", "is too large");
        return new ChangeProgress
        {
            Change = progress.Change,
            Directive = progress.Directive,
            Generation = (long)progress.Generation,
            Phase = (ChangePhase)progress.Phase,
            Detail = Cut(progress.Detail, LongestDetail),
            Reason = Cut(progress.Reason, LongestReason),
            DeviceTime = Time(progress.DeviceTime) ?? default,
            Step = (long)progress.Step,
            ByAgent = progress.ByAgent,
            RollbackTook = progress.RollbackMs is > 0 and < 1e12 ? TimeSpan.FromMilliseconds(progress.RollbackMs) : TimeSpan.Zero,
            RollbackWarm = progress.RollbackWarm,
        };
    }

    public static DirectiveAnswer Of(Wire.DirectiveAnswer answer) =>
        new(answer.Directive, answer.Accepted, Cut(answer.Reason, LongestReason), Cut(answer.Detail, LongestDetail));

    public static InstanceFacts Of(Wire.InstanceReport report)
    {
        Require(report.Generation <= long.MaxValue, "instance.generation", "is too large");
        return new InstanceFacts
        {
            Observed = Of(report.Observed, "instance.observed"),
            Generation = (long)report.Generation,
            // Unknown is its own value, also when nothing was said.
            Health = report.Health is Wire.Health.Healthy or Wire.Health.Unhealthy ? (Health)report.Health : Health.Unknown,
            HealthDetail = Cut(report.HealthDetail, LongestDetail),
            Probes = (long)Math.Min(report.Probes, long.MaxValue),
            FailedProbes = (long)Math.Min(report.FailedProbes, long.MaxValue),
            Slots = [.. report.Slots.Select((slot, i) => new SlotFacts
            {
                Id = slot.Id,
                Active = slot.Active,
                Running = slot.Running,
                Manifest = Of(slot.Manifest, $"instance.slots[{i}].manifest"),
                InitPid = (int)Math.Min(slot.InitPid, int.MaxValue),
                Connections = (int)Math.Min(slot.Connections, int.MaxValue),
                Started = Time(slot.Started),
            })],
            StaleMappings = (int)Math.Min(report.StaleMappings, int.MaxValue),
            StaleProcesses = (int)Math.Min(report.StaleProcesses, int.MaxValue),
            Report = Bytes(report, "instance"),
        };
    }

    /// <summary>Device clock minus engine clock.</summary>
    public static TimeSpan Skew(Timestamp? device, DateTimeOffset now)
    {
        if (Time(device) is not { } said) return TimeSpan.Zero;
        var skew = said - now;
        return skew > MostSkew ? MostSkew : skew < -MostSkew ? -MostSkew : skew;
    }

    /// <summary>How long a fact waited on the device before it was sent; both times are by the device's clock.</summary>
    public static TimeSpan Waited(Timestamp? happened, Timestamp? sent) =>
        Time(happened) is { } from && Time(sent) is { } to && to > from ? to - from : TimeSpan.Zero;

    /// <summary>The message as it is kept.</summary>
    public static ImmutableArray<byte> Bytes(IMessage message, string field)
    {
        var bytes = message.ToByteArray();
        Require(bytes.Length <= LargestReport, field, $"has more than {LargestReport} bytes");
        return System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(bytes);
    }

    private static Manifest? Of(Wire.InstanceManifest? manifest, string field)
    {
        if (manifest is null) return null;
        Require(manifest.Image.Length > 0, $"{field}.image", "is missing");
        Require(manifest.Ports.All(p => p.HostPort <= 65535), $"{field}.ports", "expected ports up to 65535");
        return new Manifest
        {
            Image = manifest.Image,
            Version = manifest.Version,
            ImageDigest = manifest.ImageDigest,
            Hotfixes = [.. manifest.Hotfixes.Select(h => new HotfixInForce(h.Patch, h.Component, h.FromVersion, h.ToVersion, h.Layer))],
            Ports = [.. manifest.Ports.Select(p => new PortMapping((int)p.HostPort, p.ServicePort))],
        };
    }

    // A timestamp of the wire may lie outside of what a date can be.
    private static DateTimeOffset? Time(Timestamp? time) =>
        time is { Seconds: >= -62135596800 and <= 253402300799, Nanos: >= 0 and < 1_000_000_000 } ? time.ToDateTimeOffset() : null;

    private static string Cut(string text, int longest) =>
        text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];

    private static void Require(bool holds, string field, string rule)
    {
        if (!holds) throw Refusal.Malformed(new FieldError(field, rule)).ToException();
    }
}
