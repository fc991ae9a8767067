using System.Security.Cryptography;
using Fleet.Audit;
using Fleet.Committing;
using Fleet.Roster;

namespace Fleet.Images;

/// <summary>The next state of an image lineage, what is to be done, and the answer.</summary>
internal sealed record Published(ImageState State, PublishAnswer Answer, ImmutableArray<Effect> Effects);

/// <summary>What an image lineage makes of what is published. Pure.</summary>
internal static class Lineage
{
    public static Published PublishVersion(ImageState state, string image, ImageVersionFacts version, DateTimeOffset now)
    {
        if (state.Versions.FirstOrDefault(v => v.Version == version.Version) is { } known)
        {
            return known.Digest == version.Digest
                ? new(state, new(PublishAnswerKind.Published), [])
                : Refuse(state, image, "", "VERSION_EXISTS", $"version '{version.Version}' is {known.Digest} already, and versions never change", $"version:{version.Version}:{version.Digest}", "version", now);
        }
        if (version.Components.FirstOrDefault(c => !PackageUrl.TryParse(c, out _)) is { } component)
            return Refuse(state, image, "", "COMPONENT_INVALID", $"'{component}' is no package URL", $"version:{version.Version}:{version.Digest}", "version", now);
        return new(
            state with { Versions = state.Versions.Add(version with { Published = now }) },
            new(PublishAnswerKind.Published),
            [.. First(state, image), Record(image, "", "version.published", "", $"{version.Version} {version.Digest}", "PUBLISHED", $"version:{version.Version}", now)]);
    }

    // What is published first makes the image known.
    private static ImmutableArray<Effect> First(ImageState state, string image) =>
        state.Versions.IsEmpty && state.Patches.IsEmpty ? [new Effect.Index(Listing.Images, image, image)] : [];

    public static Published PublishPatch(ImageState state, string image, ImmutableArray<byte> envelope, VerifiedPatch verified, string by, DateTimeOffset now)
    {
        var content = Convert.ToHexStringLower(SHA256.HashData(envelope.AsSpan()));
        if (verified.Patch is not { } patch)
            return Refuse(state, image, by, Words.Of(verified.Refusal), verified.Detail, content, "patch", now);
        if (patch.Image != image)
            return Refuse(state, image, by, "OTHER_IMAGE", $"patch '{patch.Id}' is for image '{patch.Image}'", content, "patch", now);
        if (state.Patches.FirstOrDefault(p => p.Id == patch.Id) is { } known)
        {
            return known.Envelope.AsSpan().SequenceEqual(envelope.AsSpan())
                ? new(state, new(PublishAnswerKind.Published, Patch: known), [])
                : Refuse(state, image, by, "PATCH_EXISTS", $"patch '{patch.Id}' was published with another content, and patches never change", content, "patch", now);
        }

        var bad = state.Patches.FirstOrDefault(p => p.Quarantined && p.Version != "" && p.Version == patch.Target?.Version);
        var view = View(patch, verified.KeyId, envelope) with { Quarantined = bad is not null, QuarantineReason = bad?.QuarantineReason ?? "" };
        return new(
            state with { Patches = state.Patches.Add(view) },
            new(PublishAnswerKind.Published, Patch: view),
            [.. First(state, image), Record(image, by, "patch.published", "", $"{patch.Id} by key {verified.KeyId}, envelope sha256:{content}", "PUBLISHED", $"patch:{patch.Id}", now)]);
    }

    public static Published Quarantine(ImageState state, string image, string patch, string by, string reason, DateTimeOffset now)
    {
        var done = new PublishAnswer(PublishAnswerKind.Published);
        if (state.Patches.FirstOrDefault(p => p.Id == patch) is not { Quarantined: false } known) return new(state, done, []);
        // The version that it leads to is bad, by whatever patch one comes there.
        return new(
            state with { Patches = [.. state.Patches.Select(p => LeadsAlike(p, known) && !p.Quarantined ? p with { Quarantined = true, QuarantineReason = reason } : p)] },
            done,
            [Record(image, by, "patch.quarantined", reason, patch, "QUARANTINED", $"patch:{patch}:quarantined:{now.UtcTicks}", now)]);
    }

    /// <summary>A person says that a patch, and the version that it leads to, may be offered again.</summary>
    public static Published LiftQuarantine(ImageState state, string image, string patch, string by, string reason, DateTimeOffset now)
    {
        var done = new PublishAnswer(PublishAnswerKind.Published);
        if (state.Patches.FirstOrDefault(p => p.Id == patch) is not { Quarantined: true } known) return new(state, done, []);
        return new(
            state with { Patches = [.. state.Patches.Select(p => LeadsAlike(p, known) ? p with { Quarantined = false, QuarantineReason = "" } : p)] },
            done,
            [Record(image, by, "patch.quarantine-lifted", reason, $"{patch}: {known.QuarantineReason}", "LIFTED", $"patch:{patch}:lifted:{now.UtcTicks}", now)]);
    }

    private static bool LeadsAlike(PatchView a, PatchView b) => a.Id == b.Id || (a.Version != "" && a.Version == b.Version);

    // One refusal of one content is one happening, however often it is tried: exactly one record.
    private static Published Refuse(ImageState state, string image, string by, string reason, string detail, string content, string what, DateTimeOffset now) => new(
        state,
        new(PublishAnswerKind.Refused, reason, detail),
        [Record(image, by, $"{what}.refused", reason, $"{detail} ({content})", "REFUSED", $"{what}:refused:{reason}:{content}", now)]);

    private static Effect.Record Record(string image, string by, string action, string reason, string evidence, string outcome, string id, DateTimeOffset now) => new(new AuditEntry
    {
        Id = $"image:{image}:{id}",
        At = now,
        Actor = by == "" ? "engine" : by,
        Action = action,
        Subject = $"image:{image}",
        Reason = reason,
        Evidence = evidence,
        Outcome = outcome,
    });

    private static PatchView View(Patch patch, string key, ImmutableArray<byte> envelope) => new()
    {
        Id = patch.Id,
        Image = patch.Image,
        Kind = patch.Kind == PatchKind.Hotfix ? "hotfix" : "layer",
        Version = patch.Target?.Version ?? "",
        Component = patch.Swap?.Component ?? "",
        FromVersion = patch.Swap?.FromVersion ?? "",
        ToVersion = patch.Swap?.ToVersion ?? "",
        Fixes = patch.Fixes,
        Issued = patch.Issued,
        Expires = patch.Expires,
        PublisherKey = key,
        Envelope = envelope,
        Reversible = patch.Reversible,
    };
}
