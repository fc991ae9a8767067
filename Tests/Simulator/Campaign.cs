using System.Collections.Concurrent;

namespace Fleet.Simulation;

/// <summary>What came of many runs.</summary>
/// <param name="Failed">Their seeds.</param>
/// <param name="Failures">The first few that failed, shrunk.</param>
internal sealed record CampaignResult(ImmutableArray<ulong> Failed, long Steps, ImmutableArray<Outcome> Failures);

/// <summary>Runs many seeds, one world to a thread.</summary>
internal static class Campaign
{
    /// <summary>So many failing runs are shrunk: each costs as much as many runs.</summary>
    private const int Shrunk = 3;

    public static CampaignResult Run(ulong from, ulong count)
    {
        var (failures, steps) = All(from, count, bug: null, untilFirst: false);
        return new([.. failures.Select(f => f.Plan.Seed)], steps, [.. failures.Take(Shrunk).Select(failed => Simulation.Run.Shrink(failed))]);
    }

    /// <summary>Runs until one fails; null when none does.</summary>
    public static Outcome? FirstFailure(ulong from, ulong count, Func<Bug> bug) => All(from, count, bug, untilFirst: true).Failures.FirstOrDefault();

    private static (List<Outcome> Failures, long Steps) All(ulong from, ulong count, Func<Bug>? bug, bool untilFirst)
    {
        var (next, steps) = (0L, 0L);
        var failures = new ConcurrentBag<Outcome>();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work, 16 << 20)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return ([.. failures.OrderBy(f => f.Plan.Seed)], steps);

        void Work()
        {
            while (Interlocked.Increment(ref next) is var number && (ulong)number <= count && !(untilFirst && !failures.IsEmpty))
            {
                var outcome = Simulation.Run.Of(from + (ulong)number - 1, bug?.Invoke());
                Interlocked.Add(ref steps, outcome.Steps);
                if (outcome.Broken is not null) failures.Add(outcome);
            }
        }
    }
}
