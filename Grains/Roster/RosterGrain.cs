using Fleet.Committing;

namespace Fleet.Roster;

/// <summary>Keeps one shard of the list of all instances.</summary>
/// <remarks>Calls interleave so that many instances are listed in one write; <see cref="Batches{T}"/> keeps the state whole.</remarks>
[GrainType("roster"), Reentrant]
internal sealed class RosterGrain : Grain, IRosterGrain
{
    private readonly IPersistentState<RosterState> stored;
    private readonly Batches<RosterState> batches;

    public RosterGrain([PersistentState("roster", "fleet")] IPersistentState<RosterState> stored)
    {
        this.stored = stored;
        batches = new(stored, DeactivateOnIdle);
    }

    public Task List(RosterEntry entry) => batches.Change(state => RosterBook.List(state, entry));

    public Task<ImmutableArray<RosterEntry>> OfImage(string image) => Task.FromResult(RosterBook.OfImage(stored.State, image));

    public Task<ImmutableArray<RosterEntry>> Page(string after, int count, RosterFilter filter) =>
        Task.FromResult(RosterBook.Page(stored.State, after, count, filter));
}

/// <summary>What is remembered of a shard's instances.</summary>
[Engine.Storage.StateSchema(1)]
internal sealed record RosterState
{
    public ImmutableSortedDictionary<string, RosterEntry> Entries { get; init; } = ImmutableSortedDictionary.Create<string, RosterEntry>(StringComparer.Ordinal);
}

/// <summary>Who is listed, and who is asked for. Pure.</summary>
internal static class RosterBook
{
    public static RosterState List(RosterState state, RosterEntry entry)
    {
        var key = entry.Id.ToString();
        return state.Entries.TryGetValue(key, out var known) && known.Version >= entry.Version ? state : state with { Entries = state.Entries.SetItem(key, entry) };
    }

    public static ImmutableArray<RosterEntry> OfImage(RosterState state, string image) => [.. state.Entries.Values.Where(e => e.Manifest?.Image == image)];

    public static ImmutableArray<RosterEntry> Page(RosterState state, string after, int count, RosterFilter filter) =>
        [.. state.Entries.Where(e => string.CompareOrdinal(e.Key, after) > 0 && Fits(e.Value, filter)).Take(count).Select(e => e.Value)];

    private static bool Fits(RosterEntry entry, RosterFilter filter) =>
        (filter.Image == "" || entry.Manifest?.Image == filter.Image)
        && (filter.Version == "" || entry.Manifest?.Version == filter.Version)
        && entry.Labels.Contain(filter.Labels);
}
