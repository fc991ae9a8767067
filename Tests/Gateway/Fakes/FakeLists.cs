using System.Collections.Immutable;
using Fleet.Roster;

namespace Fleet.Gateway.Fakes;

public sealed class FakeRoster : IRosterGrain
{
    private readonly SortedList<string, RosterEntry> entries = new(StringComparer.Ordinal);

    /// <summary>Whether it fails at every call.</summary>
    public bool Broken { get; set; }

    public Task List(RosterEntry entry)
    {
        entries[entry.Id.ToString()] = entry;
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<RosterEntry>> OfImage(string image) => throw new NotSupportedException();

    public Task<ImmutableArray<RosterEntry>> Page(string after, int count, RosterFilter filter) => Broken
        ? throw new InvalidOperationException("the shard is gone")
        : Task.FromResult<ImmutableArray<RosterEntry>>([.. entries
            .Where(e => string.CompareOrdinal(e.Key, after) > 0)
            .Select(e => e.Value)
            .Where(e => (filter.Image == "" || e.Manifest?.Image == filter.Image) && (filter.Version == "" || e.Manifest?.Version == filter.Version) && e.Labels.Contain(filter.Labels))
            .Take(count)]);
}

public sealed class FakeIndex : IIndexGrain
{
    private readonly SortedList<string, string> entries = new(StringComparer.Ordinal);

    public Task Enter(string key, string name)
    {
        entries[key] = name;
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<IndexEntry>> Page(string after, int count) => Task.FromResult<ImmutableArray<IndexEntry>>(
        [.. entries.Where(e => string.CompareOrdinal(e.Key, after) > 0).Take(count).Select(e => new IndexEntry(e.Key, e.Value))]);
}
