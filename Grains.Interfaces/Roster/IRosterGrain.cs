using System.Collections.Immutable;
using Fleet.Instances;

namespace Fleet.Roster;

/// <summary>One shard of the list of all instances: what selectors need to know of each.</summary>
[Alias("fleet.roster")]
public interface IRosterGrain : IGrainWithIntegerKey
{
    /// <summary>Takes what is known of an instance now; when it returns, it is stored. Older than what is known changes nothing. Safe to repeat.</summary>
    [Alias("list")] Task List(RosterEntry entry);

    /// <summary>All instances that run an image.</summary>
    [Alias("of-image"), ReadOnly] Task<ImmutableArray<RosterEntry>> OfImage(string image);

    /// <summary>Instances that fit, in the order of their ids, after <paramref name="after"/>; at most <paramref name="count"/>.</summary>
    [Alias("page"), ReadOnly] Task<ImmutableArray<RosterEntry>> Page(string after, int count, RosterFilter filter);
}

/// <summary>What selectors know of an instance.</summary>
[GenerateSerializer, Immutable, Alias("fleet.roster-entry")]
public sealed record RosterEntry
{
    [Id(0)] public required InstanceId Id { get; init; }

    /// <summary>Rises with each change of the entry.</summary>
    [Id(1)] public required long Version { get; init; }

    /// <summary>What the last committed change made of it; null when nothing is installed.</summary>
    [Id(2)] public Manifest? Manifest { get; init; }
    [Id(3)] public Labels Labels { get; init; } = Labels.None;
}

/// <summary>All that is given must hold; empty is any.</summary>
[GenerateSerializer, Immutable, Alias("fleet.roster-filter")]
public sealed record RosterFilter
{
    [Id(0)] public string Image { get; init; } = "";
    [Id(1)] public string Version { get; init; } = "";
    [Id(2)] public Labels Labels { get; init; } = Labels.None;
}

/// <summary>One shard of a list of names: resources, images, rollouts.</summary>
[Alias("fleet.index")]
public interface IIndexGrain : IGrainWithStringKey
{
    /// <summary>Enters a name under a key that gives its place in the order. Safe to repeat.</summary>
    [Alias("enter")] Task Enter(string key, string name);

    /// <summary>Entries in the order of their keys, after <paramref name="after"/>; at most <paramref name="count"/>.</summary>
    [Alias("page"), ReadOnly] Task<ImmutableArray<IndexEntry>> Page(string after, int count);
}

[GenerateSerializer, Immutable, Alias("fleet.index-entry")]
public sealed record IndexEntry([property: Id(0)] string Key, [property: Id(1)] string Name);

/// <summary>The lists of names that there are.</summary>
public enum Listing
{
    /// <summary>Ordered by name.</summary>
    Resources,

    /// <summary>Ordered by name.</summary>
    Images,

    /// <summary>Newest first.</summary>
    Rollouts,
}

public static class RosterGrains
{
    public const int Shards = 64;

    /// <summary>Names are in so many shards of each listing.</summary>
    public const int IndexShards = 8;

    public static IRosterGrain Roster(this IGrainFactory grains, int shard) => grains.GetGrain<IRosterGrain>(shard);

    /// <summary>The shard that lists this instance.</summary>
    public static IRosterGrain RosterOf(this IGrainFactory grains, InstanceId id) => grains.Roster(StableHash.Shard(id.ToString(), Shards));

    public static IIndexGrain Index(this IGrainFactory grains, Listing listing, int shard) => grains.GetGrain<IIndexGrain>($"{listing}/{shard}");

    /// <summary>The shard of a listing that has this name.</summary>
    public static IIndexGrain IndexOf(this IGrainFactory grains, Listing listing, string name) => grains.Index(listing, StableHash.Shard(name, IndexShards));
}
