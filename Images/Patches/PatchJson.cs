using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.Images;

/// <summary>The JSON form of a patch, strict: an unknown kind, a missing part or a wrong type is refused by name.</summary>
internal static class PatchJson
{
    private static readonly JsonObject Defaults = Json.Defaults(
        new Patch { Id = "", Kind = PatchKind.Layer, Image = "", Issued = default, Expires = default },
        EnvelopeJson.Default.Patch,
        "schema", "id", "kind", "image", "issued", "expires");

    public static byte[] Write(Patch patch) => Json.Write(patch, EnvelopeJson.Default.Patch);

    public static (Patch? Patch, EnvelopeRefusal Refusal, string Detail) Read(byte[] payload)
    {
        try
        {
            var root = Json.Read(payload, EnvelopeJson.Default.JsonObject);
            // Asked first: a newer program's patch may differ in everything else as well.
            var kind = root["kind"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
            if (kind is not ("hotfix" or "layer"))
                return (null, EnvelopeRefusal.KindUnknown, $"kind '{kind}' is not known: expected hotfix or layer");
            if (root["schema"] is not JsonValue number || !number.TryGetValue<int>(out var schema) || schema != Patch.CurrentSchema)
                return Malformed($"'schema' is {root["schema"]?.ToJsonString() ?? "missing"}: expected {Patch.CurrentSchema}");

            var patch = Json.Read(payload, Defaults, EnvelopeJson.Default.Patch);
            return Problem(patch) is { } problem ? Malformed(problem) : (patch, EnvelopeRefusal.None, "");
        }
        catch (JsonException e)
        {
            return Malformed($"the payload is no patch: {e.Message}");
        }
    }

    private static string? Problem(Patch patch) =>
        !Names.IsPatchId(patch.Id) ? $"'id' is '{patch.Id}': {Names.PatchIdRule}"
        : !Names.IsName(patch.Image) ? $"'image' is '{patch.Image}': {Names.NameRule}"
        : patch.Expires <= patch.Issued ? $"'expires' is {patch.Expires:u}, not after 'issued'"
        : patch.Fixes.Any(string.IsNullOrWhiteSpace) ? "'fixes' has an empty id"
        : patch.Kind == PatchKind.Layer ? Problem(patch.Target, patch.Swap)
        : Problem(patch.Swap, patch.Target);

    private static string? Problem(VersionTarget? target, ComponentSwap? other) =>
        target is null ? "'target' is missing"
        : other is not null ? "'swap' does not belong in a layer patch"
        : !Names.IsVersion(target.Version) ? $"'target.version' is '{target.Version}': {Names.VersionRule}"
        : target.Manifest.MediaType != MediaTypes.ImageManifest ? $"'target.manifest.mediaType' is '{target.Manifest.MediaType}': expected {MediaTypes.ImageManifest}"
        : target.Manifest.Size <= 0 ? "'target.manifest.size' is not above 0"
        : null;

    private static string? Problem(ComponentSwap? swap, VersionTarget? other) =>
        swap is null ? "'swap' is missing"
        : other is not null ? "'target' does not belong in a hotfix"
        : !PackageUrl.TryParse(swap.Component, out var purl) || purl.WithoutVersion().ToString() != swap.Component
            ? $"'swap.component' is '{swap.Component}': expected a package URL without version"
        : string.IsNullOrWhiteSpace(swap.FromVersion) ? "'swap.fromVersion' is empty"
        : DebianVersion.Compare(swap.ToVersion, swap.FromVersion) <= 0 ? $"'swap.toVersion' is '{swap.ToVersion}': expected a newer one than {swap.FromVersion}"
        : swap.Layer.MediaType is not (MediaTypes.LayerGzip or MediaTypes.Layer) ? $"'swap.layer.mediaType' is '{swap.Layer.MediaType}': expected {MediaTypes.LayerGzip}"
        : swap.Layer.Size <= 0 ? "'swap.layer.size' is not above 0"
        : swap.Files.IsEmpty ? "'swap.files' is empty"
        : !swap.Files.All(file => file is not null && LayerPath.IsPath(file)) ? "'swap.files' has something that is no path inside a layer"
        : null;

    private static (Patch?, EnvelopeRefusal, string) Malformed(string detail) => (null, EnvelopeRefusal.Malformed, detail);
}
