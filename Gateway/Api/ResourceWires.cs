using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>Resources and holds of them, in the words of the contract.</summary>
internal static partial class Wires
{
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

    public static Wire.ResourceSummary Summary(ResourceView view)
    {
        var summary = new Wire.ResourceSummary { Name = view.Id.Name, Connected = view.Connected, LastSeen = Of(view.LastSeen), AgentVersion = view.AgentVersion };
        summary.Instances.AddRange(view.Facts?.Instances ?? []);
        return summary;
    }

    public static Wire.ResourceHold Of(HoldView view)
    {
        var hold = new Wire.ResourceHold
        {
            Resource = view.Resource,
            Hold = view.Hold,
            Phase = (Wire.HoldPhase)view.Phase,
            Detail = view.Detail,
            Reason = view.Reason,
            By = view.By,
            Since = Of(view.Since),
            Until = Of(view.Until),
        };
        hold.Instances.AddRange(view.Instances);
        return hold;
    }
}
