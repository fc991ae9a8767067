using Fleet.Committing;
using Fleet.Instances;
using Fleet.Roster;
using Fleet.Tests.Grains;

namespace Fleet.Tests.Roster;

/// <summary>The list of all instances, and of names.</summary>
public sealed class RosterTests
{
    [Fact]
    public void What_is_older_than_what_is_known_changes_nothing()
    {
        var state = RosterBook.List(new(), Entry("edge-1", 2));

        Assert.Same(state, RosterBook.List(state, Entry("edge-1", 1)));
        Assert.Same(state, RosterBook.List(state, Entry("edge-1", 2)));
        Assert.Equal(3, RosterBook.List(state, Entry("edge-1", 3)).Entries.Values.Single().Version);
    }

    [Fact]
    public void Pages_go_on_after_the_last_one_and_hold_only_what_fits()
    {
        var state = new RosterState();
        for (var i = 0; i < 10; i++) state = RosterBook.List(state, Entry($"edge-{i}", 1, ring: i % 2 == 0 ? "even" : "odd"));
        var even = new RosterFilter { Image = "web", Labels = Labels.Of([new("ring", "even")]) };

        var first = RosterBook.Page(state, "", 3, even);
        var second = RosterBook.Page(state, first[^1].Id.ToString(), 3, even);

        Assert.Equal(["edge-0/web", "edge-2/web", "edge-4/web", "edge-6/web", "edge-8/web"], first.Concat(second).Select(e => e.Id.ToString()));
        Assert.Empty(RosterBook.Page(state, "", 3, even with { Version = "9.9" }));
    }

    [Fact]
    public async Task Many_that_are_listed_at_once_are_stored_in_few_writes_and_none_is_lost()
    {
        await using var fleet = await FleetWorld.Start(1);
        var roster = fleet.Cluster.Grains.Roster(0);
        var all = fleet.Storage.Written<RosterState>(state => state.Entries.Count >= 200);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => roster.List(Entry($"many-{i}", 1))));

        await all;
        Assert.Equal(200, (await roster.Page("", 1000, new() { Labels = Labels.Of([new("ring", "odd")]) })).Length);
    }

    [Fact]
    public async Task A_listing_that_could_not_be_stored_fails_for_whoever_asked_and_can_be_repeated()
    {
        await using var fleet = await FleetWorld.Start(1);
        var index = fleet.Cluster.Grains.Index(Listing.Images, 0);
        fleet.Storage.Fail("index");

        await Assert.ThrowsAnyAsync<Exception>(() => index.Enter("a", "a"));
        Assert.DoesNotContain(await index.Page("", 100), e => e.Key == "a");
        await index.Enter("a", "a");
        Assert.Contains(await index.Page("", 100), e => e.Key == "a");
    }

    [Fact]
    public async Task Instances_resources_images_and_rollouts_are_listed_once_they_are_known()
    {
        await using var fleet = await FleetWorld.Start(2);
        await fleet.Rollout("r1").Create(FleetWorld.Spec("fix"), "ada");
        await fleet.Pass(TimeSpan.FromSeconds(1));
        await fleet.Rollout("r2").Create(FleetWorld.Spec("v2"), "ada");

        Assert.Equal(["edge-1", "edge-2"], await Names(Listing.Resources));
        Assert.Equal(["web"], await Names(Listing.Images));
        Assert.Equal(["r2", "r1"], await Names(Listing.Rollouts));
        var instances = await Task.WhenAll(Enumerable.Range(0, RosterGrains.Shards).Select(shard => fleet.Cluster.Grains.Roster(shard).OfImage("web")));
        Assert.Equal(["edge-1/web", "edge-2/web"], instances.SelectMany(i => i).Select(e => e.Id.ToString()).Order());

        async Task<IEnumerable<string>> Names(Listing listing) => (await Task.WhenAll(Enumerable.Range(0, RosterGrains.IndexShards)
            .Select(shard => fleet.Cluster.Grains.Index(listing, shard).Page("", 100)))).SelectMany(p => p).OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Name);
    }

    private static RosterEntry Entry(string resource, long version, string ring = "odd") => new()
    {
        Id = new(resource, "web"),
        Version = version,
        Manifest = new Manifest { Image = "web", Version = "1.0", ImageDigest = Sample.One.Digest },
        Labels = Labels.Of([new("ring", ring)]),
    };
}
