using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Roster;
using Fleet.Scheduling;

namespace Fleet.Rollouts;

/// <summary>Gathers what <see cref="Planning"/> needs; keeps nothing.</summary>
[GrainType("planner")]
internal sealed class PlannerGrain(Publishers publishers, TimeProvider time) : Grain, IPlannerGrain
{
    /// <summary>So many instances are asked how they are, to find a canary that is well.</summary>
    private const int Asked = 16;

    public async Task<RolloutPlan> Plan(string rollout, RolloutSpec spec)
    {
        var planned = await Plan(GrainFactory, publishers, rollout, spec, time.GetUtcNow());
        return planned.Plan with { WaitsFor = await Waits(spec) };
    }

    /// <summary>The plan of a rollout as things are now.</summary>
    public static async Task<Planned> Plan(IGrainFactory grains, Publishers publishers, string rollout, RolloutSpec spec, DateTimeOffset now)
    {
        var image = await grains.Image(spec.Image).Show();
        var patch = image.Patches.FirstOrDefault(p => p.Id == spec.Patch);
        var verified = patch is null ? null : publishers.Verify(patch.Envelope, now);
        var shards = await Task.WhenAll(Enumerable.Range(0, RosterGrains.Shards).Select(shard => grains.Roster(shard).OfImage(spec.Image)));
        ImmutableArray<RosterEntry> entries = [.. shards.SelectMany(s => s)];

        var planned = Planning.Plan(rollout, spec, patch, verified, image.Versions, entries, []);
        if (!spec.Canary || planned.Plan.Refusal != "") return planned;
        var first = planned.Targets.Where(t => t.Target.Wave > 0).Take(Asked).Select(t => t.Target.Instance).ToArray();
        var well = await Task.WhenAll(first.Select(id => IsWell(grains, id)));
        return Planning.Plan(rollout, spec, patch, verified, image.Versions, entries, [.. first.Where((_, i) => well[i])]);
    }

    // Whose device went away just now still counts as healthy for a while, and as a canary would tell nothing.
    private static async Task<bool> IsWell(IGrainFactory grains, InstanceId id) =>
        (await grains.Instance(id).Show()).Health == Health.Healthy && await grains.Resource(new(id.Resource)).IsConnected();

    private async Task<ImmutableArray<string>> Waits(RolloutSpec spec) =>
    [
        .. (await GrainFactory.Scheduler().Freezes("", 1000, active: true))
            .Where(f => f.Labels.All.IsEmpty || spec.Lane != Lane.Emergency)
            .Select(Fleet.Scheduling.Scheduler.Words),
    ];
}
