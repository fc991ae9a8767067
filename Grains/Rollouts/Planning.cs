using Fleet.Images;
using Fleet.Instances;
using Fleet.Roster;

namespace Fleet.Rollouts;

/// <summary>A plan with what shards need to know of each target.</summary>
internal sealed record Planned(RolloutPlan Plan, ImmutableArray<ShardTarget> Targets);

/// <summary>Turns a rollout's wishes into waves of targets with reasons, or says why it can't be. Pure.</summary>
internal static class Planning
{
    /// <param name="patch">Null when the image has no such patch.</param>
    /// <param name="entries">All instances that run the image.</param>
    /// <param name="online">Those that were heard of lately, as far as anybody looked.</param>
    public static Planned Plan(
        string rollout, RolloutSpec spec, PatchView? patch, VerifiedPatch? verified, ImmutableArray<ImageVersionFacts> versions,
        ImmutableArray<RosterEntry> entries, ImmutableHashSet<InstanceId> online)
    {
        if (Refused(spec, patch, verified) is { } refusal) return refusal;

        var offering = new Offering(spec, patch!, verified!, versions.ToImmutableDictionary(v => v.Version));
        var looked = entries.Select(e => Selection.Look(e, offering)).ToImmutableArray();
        var meant = Waves.Order(rollout, [.. looked.Where(l => l.Meant)], l => l.Entry.Id, spec.Canary, l => online.Contains(l.Entry.Id));
        var waves = Waves.Plan(spec, meant.Length);
        ImmutableArray<ShardTarget> targets =
        [
            .. meant.Select((l, i) => Target(l.Entry.Id, TargetState.Pending, l.Reason, Waves.Of(waves, i), l.Entry.Labels)),
            .. looked.Where(l => !l.Meant).OrderBy(l => l.Entry.Id.ToString(), StringComparer.Ordinal).Select(l => Target(l.Entry.Id, TargetState.LeftOut, l.Reason, 0, l.Entry.Labels)),
            .. spec.Selector.Instances.Where(named => entries.All(e => e.Id.ToString() != named)).Order(StringComparer.Ordinal)
                .Select(named => Target(InstanceId.Parse(named), TargetState.LeftOut, $"nothing is known of it, or it doesn't run image '{spec.Image}'", 0, Labels.None)),
        ];
        return new(
            new RolloutPlan
            {
                Waves = waves,
                Targets = [.. targets.Select(t => t.Target)],
                Refusal = meant.IsEmpty ? "NO_TARGETS" : "",
                RefusalDetail = meant.IsEmpty ? NoTargets(spec, targets) : "",
            },
            targets);
    }

    private static string NoTargets(RolloutSpec spec, ImmutableArray<ShardTarget> leftOut) => leftOut.IsEmpty
        ? $"no instance runs image '{spec.Image}'"
        : $"the selector fits none of the {leftOut.Length} instances that were looked at; {leftOut[0].Target.Instance}: {leftOut[0].Target.Reason}";

    private static Planned? Refused(RolloutSpec spec, PatchView? patch, VerifiedPatch? verified) => (patch, verified) switch
    {
        (null, _) or (_, null) => Refuse("PATCH_UNKNOWN", $"image '{spec.Image}' has no patch '{spec.Patch}': publish it first"),
        ({ Quarantined: true }, _) => Refuse("PATCH_QUARANTINED", $"patch '{patch.Id}' is quarantined: {patch.QuarantineReason}; lift the quarantine first if that was wrong"),
        (_, { Patch: null }) => Refuse(Words.Of(verified.Refusal), verified.Detail),
        _ when spec.ChangeWithin <= spec.Bake + spec.KeepOld =>
            Refuse("DEADLINE_TOO_SHORT", $"within {spec.ChangeWithin} nothing can be verified: the bake takes {spec.Bake}, and the old slot is kept for {spec.KeepOld}"),
        _ => null,
    };

    private static Planned Refuse(string reason, string detail) => new(new() { Refusal = reason, RefusalDetail = detail }, []);

    private static ShardTarget Target(InstanceId id, TargetState state, string reason, int wave, Labels labels) =>
        new(new TargetView { Instance = id, State = state, Reason = reason, Wave = wave }, labels);
}
