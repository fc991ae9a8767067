using System.Diagnostics;
using Fleet.Client;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Bench.Loop;

/// <summary>From one approval of a patch for all instances to each of them verified.</summary>
/// <param name="P50">Seconds.</param>
/// <param name="P99">Seconds.</param>
/// <param name="Last">Seconds until the last one.</param>
internal sealed record Approval(double P50, double P99, double Last)
{
    public const string Instance = "web";
    private const int AtOnce = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>A rollout to all that run the image, in one wave without a canary.</summary>
    public static async Task<Approval> ByRollout(FleetClient client, IReadOnlyCollection<string> resources, string version)
    {
        var approved = DateTime.UtcNow;
        var id = $"to-{version}";
        await client.Rollouts.Create(new RolloutSpec
        {
            Image = TinyImage.Name,
            Patch = version,
            Waves = { 100 },
            NoCanary = true,
            Bake = TimeSpan.Zero.ToDuration(),
            WaveBake = TimeSpan.Zero.ToDuration(),
        }, id);
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(500))
        {
            var rollout = await client.Rollouts.Get(id);
            if (rollout.Phase == RolloutPhase.Succeeded) break;
            if (rollout.Phase is RolloutPhase.Halted or RolloutPhase.NeedsHuman or RolloutPhase.Refused or RolloutPhase.RollingBack or RolloutPhase.RolledBack || clock.Elapsed > Patience)
                throw new InvalidOperationException($"the rollout is {rollout.Phase}: {rollout.Detail} {rollout.Counts}");
        }

        var seconds = new List<double>();
        await foreach (var target in client.Rollouts.ListTargets(id))
            if (target.State == TargetState.Verified) seconds.Add((await Verified(client, target.Resource, target.Change) - approved).TotalSeconds);
        return seconds.Count == resources.Count ? Over(seconds) : throw new InvalidOperationException($"{seconds.Count} of {resources.Count} targets were verified");
    }

    /// <summary>Applies the patch to all at once, each by a call of its own. The engine's own record says when each was verified.</summary>
    public static async Task<Approval> ByCalls(FleetClient client, IReadOnlyCollection<string> resources, string version)
    {
        var approved = DateTime.UtcNow;
        await Each(resources, resource => client.Instances.Apply(new ApplyRequest
        {
            Resource = resource,
            Instance = Instance,
            RequestId = version,
            Image = TinyImage.Name,
            Patch = version,
            Bake = TimeSpan.Zero.ToDuration(),
        }));

        var seconds = new List<double>();
        await Each(resources, async resource =>
        {
            var took = (await Verified(client, resource, version) - approved).TotalSeconds;
            lock (seconds) seconds.Add(took);
        });
        return Over(seconds);
    }

    private static async Task<DateTime> Verified(FleetClient client, string resource, string id)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(200))
        {
            var change = await client.Instances.GetChange(resource, Instance, id);
            if (change.History.FirstOrDefault(entry => entry.Phase == ChangePhase.Verified) is { } verified) return verified.At.ToDateTime();
        }

        throw new TimeoutException($"{resource} was not verified in {Patience}");
    }

    private static Approval Over(List<double> seconds)
    {
        seconds.Sort();
        return new(seconds[seconds.Count / 2], seconds[(int)(seconds.Count * 0.99)], seconds[^1]);
    }

    private static Task Each(IEnumerable<string> resources, Func<string, Task> each) =>
        Parallel.ForEachAsync(resources, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (resource, _) => await each(resource));
}
