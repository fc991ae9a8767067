namespace Fleet.Scheduling;

/// <summary>Who is to be woken when. Pure.</summary>
internal static class DueBook
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(16);

    public static DueState Schedule(DueState state, string target, DateTimeOffset at) =>
        state.Entries.TryGetValue(target, out var known) && known == at ? state : state with { Entries = state.Entries.SetItem(target, at) };

    public static DueState Cancel(DueState state, string target, DateTimeOffset until) =>
        state.Entries.TryGetValue(target, out var known) && known <= until ? state with { Entries = state.Entries.Remove(target) } : state;

    /// <summary>Those whose deadline has passed and who weren't woken for it just now.</summary>
    public static ImmutableArray<string> Due(DueState state, ImmutableDictionary<string, Attempt> attempts, DateTimeOffset now) =>
        [.. state.Entries.Where(e => Time(e.Key, e.Value, attempts) <= now).Select(e => e.Key)];

    /// <summary>When someone is to be woken next; null when nobody waits.</summary>
    public static DateTimeOffset? Nearest(DueState state, ImmutableDictionary<string, Attempt> attempts) =>
        state.Entries.IsEmpty ? null : state.Entries.Min(e => Time(e.Key, e.Value, attempts));

    /// <summary>Remembers that these were woken: they answer by scheduling or cancelling, or are woken again, ever more rarely.</summary>
    public static ImmutableDictionary<string, Attempt> Woken(
        DueState state, ImmutableDictionary<string, Attempt> attempts, ImmutableArray<string> targets, DateTimeOffset now)
    {
        var open = attempts.Where(a => state.Entries.TryGetValue(a.Key, out var at) && at == a.Value.Deadline).ToImmutableDictionary();
        foreach (var target in targets)
        {
            var count = open.TryGetValue(target, out var earlier) ? earlier.Count + 1 : 1;
            var wait = FirstRetry * (1 << Math.Min(count - 1, 5));
            open = open.SetItem(target, new(state.Entries[target], now + (wait < LastRetry ? wait : LastRetry), count));
        }
        return open;
    }

    private static DateTimeOffset Time(string target, DateTimeOffset deadline, ImmutableDictionary<string, Attempt> attempts) =>
        attempts.TryGetValue(target, out var attempt) && attempt.Deadline == deadline ? attempt.Again : deadline;
}
