using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>Which target is in which wave. Pure: the same rollout and targets give the same waves.</summary>
internal static class Waves
{
    /// <summary>
    /// The waves of so many targets: one canary, unless it is not wanted, then cumulative percentages, rounded up. A wave
    /// that would add nobody is left away.
    /// </summary>
    public static ImmutableArray<PlannedWave> Plan(RolloutSpec spec, int targets)
    {
        var waves = ImmutableArray.CreateBuilder<PlannedWave>();
        if (targets == 0) return [];
        if (spec.Canary) waves.Add(new(1, 1, 1, "one canary"));
        foreach (var percent in spec.Waves)
        {
            var until = (int)((((long)targets * percent) + 99) / 100);
            var before = waves.Count == 0 ? 0 : waves[^1].Cumulative;
            if (until > before) waves.Add(new(waves.Count + 1, until - before, until, $"{percent} % of {targets}"));
        }
        return waves.ToImmutable();
    }

    /// <summary>The wave of the target at this position.</summary>
    public static int Of(ImmutableArray<PlannedWave> waves, int position) => waves.First(w => position < w.Cumulative).Number;

    /// <summary>Targets in their order: by a hash of rollout and instance, so that it is always another one that goes first.</summary>
    /// <param name="online">Whether a target was heard of lately: the canary is the first of these, if there is one.</param>
    public static ImmutableArray<T> Order<T>(string rollout, ImmutableArray<T> targets, Func<T, InstanceId> id, bool canary, Func<T, bool> online)
    {
        ImmutableArray<T> ordered = [.. targets.OrderBy(t => Place(rollout, id(t))).ThenBy(t => id(t).ToString(), StringComparer.Ordinal)];
        if (!canary) return ordered;
        var first = ordered.Select((t, i) => (t, i)).Where(x => online(x.t)).Select(x => x.i).DefaultIfEmpty(0).First();
        return first == 0 ? ordered : ordered.RemoveAt(first).Insert(0, ordered[first]);
    }

    private static ulong Place(string rollout, InstanceId instance) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{rollout}:{instance}")));
}
