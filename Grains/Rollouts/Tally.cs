namespace Fleet.Rollouts;

/// <summary>How all targets of a rollout are doing, as far as its shards have told.</summary>
/// <param name="Current">Whether every shard has told since it took the last order.</param>
internal sealed record Tally(bool Current, ImmutableArray<WaveTally> Waves, DateTimeOffset? LastDispatch, string WaitsFor, string FirstFailure)
{
    public static Tally Of(IReadOnlyCollection<ShardReport> reports, int shards, long order) => new(
        reports.Count == shards && reports.All(r => r.Order >= order),
        [.. reports.SelectMany(r => r.Waves).GroupBy(w => w.Wave).OrderBy(g => g.Key)
            .Select(g => g.Aggregate((a, b) => new(a.Wave, a.Counts + b.Counts, a.Failures + b.Failures)))],
        reports.Max(r => r.LastDispatch),
        reports.Select(r => r.WaitsFor).FirstOrDefault(w => w != "") ?? "",
        reports.Select(r => r.FirstFailure).FirstOrDefault(f => f != "") ?? "");

    /// <summary>In these waves together.</summary>
    public WaveTally In(int first, int last) =>
        Waves.Where(w => w.Wave >= first && w.Wave <= last).Aggregate(new WaveTally(0, new(), 0), (a, b) => new(0, a.Counts + b.Counts, a.Failures + b.Failures));
}
