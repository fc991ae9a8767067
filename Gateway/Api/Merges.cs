using Fleet.Roster;

namespace Fleet.Gateway.Api;

/// <summary>The sharded lists that there are, each read as one.</summary>
internal static class Merges
{
    /// <summary>Instances that fit, by id.</summary>
    public static KeyMerge<RosterEntry> Instances(this IGrainFactory grains, RosterFilter filter, Page page) => new(
        RosterGrains.Shards, (shard, after, count) => grains.Roster(shard).Page(after, count, filter), entry => entry.Id.ToString(), page.After, Share(page.Size, RosterGrains.Shards));

    /// <summary>Names of a listing, in its order.</summary>
    public static KeyMerge<IndexEntry> Names(this IGrainFactory grains, Listing listing, Page page) => new(
        RosterGrains.IndexShards, (shard, after, count) => grains.Index(listing, shard).Page(after, count), entry => entry.Key, page.After, Share(page.Size, RosterGrains.IndexShards));

    // Names are spread evenly, so a shard has its share of a page, more or less: twice that is seldom too little.
    private static int Share(int size, int shards) => (2 * size / shards) + 2;
}
