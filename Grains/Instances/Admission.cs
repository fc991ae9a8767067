using Fleet.Images;

namespace Fleet.Instances;

/// <summary>A request with what it takes to decide on it.</summary>
/// <param name="Patch">Null when the image has no such patch.</param>
/// <param name="Verified">The patch's envelope, verified now; null without a patch.</param>
/// <param name="Version">The version that will run; null when the image doesn't know it.</param>
/// <param name="Ahead">A more urgent change that waits for the instance; null when there is none.</param>
/// <param name="Connected">Whether the agent has a session now.</param>
internal sealed record Offer(ApplyPatch Request, PatchView? Patch, VerifiedPatch? Verified, ImageVersionFacts? Version, string? Ahead = null, bool Connected = true);

/// <summary>What became of an offer: the manifest that it leads to, or why it is refused.</summary>
internal sealed record Admitted(Manifest? Manifest, ChangeAnswerKind Kind = ChangeAnswerKind.Accepted, string Reason = "", string Detail = "");

/// <summary>Decides whether a patch may be applied to an instance, and what it makes of it. Pure.</summary>
internal static class Admission
{
    /// <summary>The version of an image that runs after the patch; null when that can't be said.</summary>
    public static string? Runs(Manifest? current, Patch patch) => patch.Target?.Version ?? (current?.Image == patch.Image ? current.Version : null);

    public static Admitted Judge(Manifest? current, Offer offer)
    {
        var request = offer.Request;
        if (offer is not { Patch: { } view, Verified: { } verified })
            return new(null, ChangeAnswerKind.NotFound, "PATCH_UNKNOWN", $"image '{request.Image}' has no patch '{request.Patch}': publish it first");
        if (view.Quarantined)
            return Refuse("PATCH_QUARANTINED", $"patch '{view.Id}' is quarantined: {view.QuarantineReason}");
        if (verified.Patch is not { } patch)
            return Refuse(Words.Of(verified.Refusal), verified.Detail);
        if (request.Within <= request.Bake + request.KeepOld)
            return Refuse("DEADLINE_TOO_SHORT", $"within {request.Within} it can't be verified: the bake takes {request.Bake}, and the old slot is kept for {request.KeepOld}");
        if (current is not null && current.Image != patch.Image)
            return Refuse(Words.Of(PatchRefusal.OtherImage), $"the instance runs image '{current.Image}', the patch is for '{patch.Image}'");
        if (current is null && patch.Kind == PatchKind.Hotfix)
            return Refuse(Words.Of(PatchRefusal.NothingInstalled), "a hotfix needs an installed image: apply a layer patch first");
        if (offer.Version is not { } version)
            return Refuse("VERSION_UNKNOWN", $"image '{patch.Image}' has no version '{Runs(current, patch)}': publish it first");
        if ((patch.Target?.Manifest.Digest.ToString() ?? current!.ImageDigest) is var runs && runs != version.Digest)
            return Refuse("VERSION_DIFFERS", $"version '{version.Version}' is {version.Digest}, but {runs} will run");
        if (Ports(current, request, version) is { } refusal) return refusal;

        var result = Manifests.Apply(current?.ToImages(), patch, version.Contents(patch.Image), request.Ports.ToImages());
        return result.Manifest is { } manifest ? new(manifest.ToContract()) : Refuse(Words.Of(result.Refusal), result.Detail);
    }

    private static Admitted? Ports(Manifest? current, ApplyPatch request, ImageVersionFacts version)
    {
        if (current is not null)
        {
            return request.Ports.IsEmpty || request.Ports.SequenceEqual(current.Ports) ? null
                : Refuse("PORTS_FIXED", "host ports are given with the first patch of an instance, and stay");
        }
        if (request.Ports.FirstOrDefault(p => !version.Ports.Contains(p.ServicePort)) is { } unknown)
            return Refuse("PORT_UNKNOWN", $"the service has no port '{unknown.ServicePort}': it has {string.Join(", ", version.Ports)}");
        if (request.Ports.FirstOrDefault(p => p.HostPort is < 1 or > 65535) is { } wrong)
            return Refuse("PORT_INVALID", $"{wrong.HostPort} is no port: expected 1 to 65535");
        return request.Ports.DistinctBy(p => p.HostPort).Count() == request.Ports.Length ? null
            : Refuse("PORT_TWICE", "one host port can't lead to two ports of the service");
    }

    private static Admitted Refuse(string reason, string detail) => new(null, ChangeAnswerKind.Refused, reason, detail);
}
