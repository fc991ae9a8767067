using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Roster;

namespace Fleet.Rollouts;

/// <summary>Gathers from other grains what <see cref="Planning"/> needs.</summary>
internal sealed class Planner(IGrainFactory grains, Publishers publishers, TimeProvider time)
{
    /// <summary>So many instances are asked how they are, to find a canary that is well.</summary>
    private const int Asked = 16;

    /// <summary>The plan of a rollout as things are now.</summary>
    public async Task<Planned> Plan(string rollout, RolloutSpec spec)
    {
        var image = await grains.Image(spec.Image).Show();
        var patch = image.Patches.FirstOrDefault(p => p.Id == spec.Patch);
        var verified = patch is null ? null : publishers.Verify(patch.Envelope, time.GetUtcNow());
        var shards = await Task.WhenAll(Enumerable.Range(0, RosterGrains.Shards).Select(shard => grains.Roster(shard).OfImage(spec.Image)));
        ImmutableArray<RosterEntry> entries = [.. shards.SelectMany(s => s)];

        var planned = Planning.Plan(rollout, spec, patch, verified, image.Versions, entries, []);
        if (!spec.Canary || planned.Plan.Refusal != "") return planned;
        var first = planned.Targets.Where(t => t.Target.Wave > 0).Take(Asked).Select(t => t.Target.Instance).ToArray();
        var well = await Task.WhenAll(first.Select(IsWell));
        return Planning.Plan(rollout, spec, patch, verified, image.Versions, entries, [.. first.Where((_, i) => well[i])]);
    }

    // Whose device went away just now still counts as healthy for a while, and as a canary would tell nothing.
    private async Task<bool> IsWell(InstanceId id) =>
        (await grains.Instance(id).Show()).Health == Health.Healthy && await grains.Resource(new(id.Resource)).IsConnected();
}
