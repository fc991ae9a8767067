using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>The words for programs that refusals carry.</summary>
internal static class Words
{
    public static string Of(PatchRefusal refusal) => refusal switch
    {
        PatchRefusal.OtherImage => "OTHER_IMAGE",
        PatchRefusal.NothingInstalled => "NOTHING_INSTALLED",
        PatchRefusal.ComponentAbsent => "COMPONENT_ABSENT",
        PatchRefusal.ComponentVersion => "COMPONENT_VERSION",
        PatchRefusal.AlreadyInForce => "ALREADY_IN_FORCE",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "no refusal"),
    };

    public static string Of(EnvelopeRefusal refusal) => refusal switch
    {
        EnvelopeRefusal.Malformed => "PATCH_MALFORMED",
        EnvelopeRefusal.SignatureInvalid => "SIGNATURE_INVALID",
        EnvelopeRefusal.KindUnknown => "KIND_UNKNOWN",
        EnvelopeRefusal.PatchExpired => "PATCH_EXPIRED",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "no refusal"),
    };

    /// <summary>Why this device can't run the service like that; null when it can.</summary>
    public static string? Unsupported(ServiceDefinition service, ImmutableArray<PublishedPort> ports)
    {
        if (service.Command.IsDefaultOrEmpty) return "the service has no command";
        var named = service.Ports.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        if (ports.FirstOrDefault(p => !named.Contains(p.ServicePort)) is { } stray)
            return $"host port {stray.HostPort} leads to '{stray.ServicePort}', which the service does not have";
        if (ports.GroupBy(p => p.HostPort).FirstOrDefault(g => g.Count() > 1) is { } twice) return $"host port {twice.Key} is published twice";
        return service.Probe.Kind switch
        {
            ProbeKind.Command => service.Probe.Command.IsDefaultOrEmpty ? "the probe has no command" : null,
            _ => service.Probe.Port is { } port && named.Contains(port) ? null : $"the probe asks port '{service.Probe.Port}', which the service does not have",
        };
    }
}
