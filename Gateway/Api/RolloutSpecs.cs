using System.Collections.Immutable;
using Fleet.Images;
using Fleet.Rollouts;
using Google.Protobuf.Collections;

namespace Fleet.Gateway.Api;

/// <summary>Reads what a rollout is to do, and judges every field of it.</summary>
internal static class RolloutSpecs
{
    /// <summary>A rollout's id, which is part of the ids of its changes.</summary>
    public const int LongestId = 48;

    // A spec is in every view of its rollout; for more instances than this there are labels.
    private const int MostNamed = 1000;
    private const int MostVersions = 100;
    private const int LongestComponent = 512;
    private const int MostFailures = 1_000_000;
    private const int MostUrgent = 100;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestCatchUp = TimeSpan.FromDays(90);
    private static readonly RolloutSpec Defaults = new() { Image = "", Patch = "" };

    /// <summary>The spec, with the contract's defaults for what is not given.</summary>
    public static Check Spec(this Check check, Wire.RolloutSpec? given, out RolloutSpec spec)
    {
        spec = Defaults;
        if (given is null) return check.That(false, "spec", "is missing");

        check.Name("spec.image", given.Image)
            .PatchId("spec.patch", given.Patch)
            .Selector(given.Selector ?? new(), out var selector)
            .Waves(given.Waves)
            .Span("spec.bake", given.Bake, TimeSpan.Zero, Day, Defaults.Bake, out var bake)
            .Span("spec.waveBake", given.WaveBake, TimeSpan.Zero, 7 * Day, Defaults.WaveBake, out var waveBake)
            .Span("spec.keepOld", given.KeepOld, TimeSpan.Zero, Day, Defaults.KeepOld, out var keepOld)
            .Span("spec.changeDeadline", given.ChangeDeadline, TimeSpan.FromSeconds(1), 7 * Day, Defaults.ChangeWithin, out var within)
            .That(within > bake + keepOld, "spec.changeDeadline", "must be longer than bake and keepOld together")
            .That(given.FailuresAllowed <= MostFailures, "spec.failuresAllowed", $"expected 0 to {MostFailures}")
            .Known("spec.lane", given.Lane)
            .That(given.Priority is >= -MostUrgent and <= MostUrgent, "spec.priority", $"expected -{MostUrgent} to {MostUrgent}")
            .Span("spec.offlineGrace", given.OfflineGrace, TimeSpan.Zero, 7 * Day, Defaults.OfflineGrace, out var grace)
            .Span("spec.catchUp", given.CatchUp, TimeSpan.Zero, LongestCatchUp, Defaults.CatchUp, out var catchUp)
            .Reason(given.Reason, "spec.reason");

        spec = new RolloutSpec
        {
            Image = given.Image,
            Patch = given.Patch,
            Selector = selector,
            Waves = given.Waves.Count == 0 ? Defaults.Waves : [.. given.Waves.Select(w => (int)Math.Min(w, 100))],
            Canary = !given.NoCanary,
            Bake = bake,
            WaveBake = waveBake,
            KeepOld = keepOld,
            ChangeWithin = within,
            FailuresAllowed = (int)Math.Min(given.FailuresAllowed, MostFailures),
            Lane = given.Lane == Wire.Lane.Emergency ? Lane.Emergency : Lane.Ordinary,
            Priority = given.Priority,
            KeepOnFailure = given.KeepOnFailure,
            OfflineGrace = grace,
            CatchUp = catchUp,
            Reason = given.Reason,
        };
        return check;
    }

    private static Check Selector(this Check check, Wire.Selector given, out Selector selector)
    {
        check.That(given.Versions.Count <= MostVersions, "spec.selector.versions", $"expected at most {MostVersions}");
        for (var i = 0; i < given.Versions.Count; i++) check.Version($"spec.selector.versions[{i}]", given.Versions[i]);
        check.That(
                given.Component.Length == 0 || (given.Component.Length <= LongestComponent && PackageUrl.TryParse(given.Component, out _)),
                "spec.selector.component",
                "expected a package URL, such as pkg:deb/debian/openssl")
            .Labels("spec.selector.labels", given.Labels, out var labels)
            .Instances("spec.selector.instances", given.Instances)
            .Instances("spec.selector.except", given.Except);

        selector = new Selector
        {
            Versions = Each(given.Versions),
            Component = given.Component,
            Labels = labels,
            Instances = Each(given.Instances),
            Except = Each(given.Except),
        };
        return check;
    }

    private static Check Instances(this Check check, string field, RepeatedField<string> ids)
    {
        if (ids.Count > MostNamed) return check.That(false, field, $"expected at most {MostNamed} instances: use labels for more");
        for (var i = 0; i < ids.Count; i++)
        {
            var parts = ids[i].Split('/');
            check.That(parts.Length == 2 && parts.All(Names.IsName), $"{field}[{i}]", "expected resource/instance");
        }

        return check;
    }

    private static Check Waves(this Check check, RepeatedField<uint> waves)
    {
        for (var i = 0; i < waves.Count; i++)
        {
            var rises = waves[i] > (i == 0 ? 0 : waves[i - 1]);
            var ends = i < waves.Count - 1 || waves[i] == 100;
            check.That(rises && ends && waves[i] <= 100, $"spec.waves[{i}]", "expected percentages that rise from at least 1 and end with 100");
        }

        return check;
    }

    // A set: the same names in another order, or twice, are the same content.
    private static ImmutableArray<string> Each(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];
}
