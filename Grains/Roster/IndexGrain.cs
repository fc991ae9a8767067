using Fleet.Committing;

namespace Fleet.Roster;

/// <summary>Keeps one shard of a listing of names.</summary>
/// <remarks>Calls interleave so that many names are entered in one write; <see cref="Batches{T}"/> keeps the state whole.</remarks>
[GrainType("index"), Reentrant]
internal sealed class IndexGrain : Grain, IIndexGrain
{
    private readonly IPersistentState<IndexState> stored;
    private readonly Batches<IndexState> batches;

    public IndexGrain([PersistentState("index", "fleet")] IPersistentState<IndexState> stored)
    {
        this.stored = stored;
        batches = new(stored, DeactivateOnIdle);
    }

    public Task Enter(string key, string name) => batches.Change(state =>
        state.Names.TryGetValue(key, out var known) && known == name ? state : state with { Names = state.Names.SetItem(key, name) });

    public Task<ImmutableArray<IndexEntry>> Page(string after, int count) => Task.FromResult<ImmutableArray<IndexEntry>>(
        [.. stored.State.Names.Where(e => string.CompareOrdinal(e.Key, after) > 0).Take(count).Select(e => new IndexEntry(e.Key, e.Value))]);
}

/// <summary>Names by the keys that order them.</summary>
[Engine.Storage.StateSchema(1)]
internal sealed record IndexState
{
    public ImmutableSortedDictionary<string, string> Names { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
