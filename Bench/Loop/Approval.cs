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

    /// <summary>Applies the patch to all at once. The engine's own record says when each was verified.</summary>
    public static async Task<Approval> Of(FleetClient client, IReadOnlyCollection<string> resources, string version)
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
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(200))
            {
                var change = await client.Instances.GetChange(resource, Instance, version);
                if (change.History.FirstOrDefault(entry => entry.Phase == ChangePhase.Verified) is not { } verified) continue;
                lock (seconds) seconds.Add((verified.At.ToDateTime() - approved).TotalSeconds);
                return;
            }

            throw new TimeoutException($"{resource} was not verified in {Patience}");
        });
        return Over(seconds);
    }

    private static Approval Over(List<double> seconds)
    {
        seconds.Sort();
        return new(seconds[seconds.Count / 2], seconds[(int)(seconds.Count * 0.99)], seconds[^1]);
    }

    private static Task Each(IEnumerable<string> resources, Func<string, Task> each) =>
        Parallel.ForEachAsync(resources, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (resource, _) => await each(resource));
}
