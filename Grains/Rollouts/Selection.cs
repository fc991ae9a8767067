using Fleet.Images;
using Fleet.Instances;
using Fleet.Roster;

namespace Fleet.Rollouts;

/// <summary>What it takes to say whether an instance is meant.</summary>
/// <param name="Versions">The image's versions, by name.</param>
internal sealed record Offering(RolloutSpec Spec, PatchView Patch, VerifiedPatch Verified, ImmutableDictionary<string, ImageVersionFacts> Versions);

/// <summary>An instance that was looked at: in or out, and why.</summary>
internal sealed record Looked(RosterEntry Entry, bool Meant, string Reason);

/// <summary>Says of each instance of an image whether a rollout means it, and why. Pure.</summary>
internal static class Selection
{
    public static Looked Look(RosterEntry entry, Offering offering)
    {
        var spec = offering.Spec;
        var selector = spec.Selector;
        var id = entry.Id.ToString();
        var runs = entry.Manifest!;
        if (selector.Except.Contains(id)) return Out("excepted by name");
        if (!selector.Instances.IsEmpty && !selector.Instances.Contains(id)) return Out("not among the named instances");
        if (!selector.Versions.IsEmpty && !selector.Versions.Contains(runs.Version)) return Out($"runs version {runs.Version}, not {string.Join(" or ", selector.Versions)}");
        if (selector.Labels.All.FirstOrDefault(l => entry.Labels[l.Key] != l.Value) is { } label)
            return Out(entry.Labels[label.Key] is { } other ? $"label {label.Key} is {other}, not {label.Value}" : $"has no label {label.Key}");
        if (selector.Component != "" && Lacks(runs, selector.Component, offering) is { } lacks) return Out(lacks);

        var version = Admission.Runs(runs, offering.Verified.Patch!) is { } next ? offering.Versions.GetValueOrDefault(next) : null;
        var admitted = Admission.Judge(runs, new(Ask(spec), offering.Patch, offering.Verified, version));
        return admitted.Manifest is null
            ? Out($"{admitted.Reason}: {admitted.Detail}")
            : new(entry, true, $"runs {runs.Version}{(selector.Component == "" ? "" : $" with {selector.Component}")}{(selector.Labels.All.IsEmpty ? "" : $", {selector.Labels}")}");

        Looked Out(string reason) => new(entry, false, reason);
    }

    /// <summary>The change that each target is asked for.</summary>
    public static ApplyPatch Ask(RolloutSpec spec) => new()
    {
        Change = "",
        Image = spec.Image,
        Patch = spec.Patch,
        Bake = spec.Bake,
        KeepOld = spec.KeepOld,
        Within = spec.ChangeWithin,
        By = "",
        Trace = spec.Trace,
    };

    // A hotfix in force says more than the image that it is on.
    private static string? Lacks(Manifest runs, string component, Offering offering)
    {
        var asked = PackageUrl.Parse(component);
        var name = asked.WithoutVersion().ToString();
        var installed = runs.Hotfixes.LastOrDefault(h => h.Component == name)?.ToVersion
            ?? offering.Versions.GetValueOrDefault(runs.Version)?.Contents(runs.Image).Components.GetValueOrDefault(name);
        if (installed is null) return $"has no component {name}";
        return asked.Version is null || asked.Version == installed ? null : $"{name} is {installed}, not {asked.Version}";
    }
}
