using System.Globalization;
using System.Net;
using System.Text.Json;
using Fleet.Audit;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Rollouts;
using Fleet.Roster;
using Fleet.Scheduling;

namespace Fleet.Gateway;

/// <summary>Every collection has pages, and together they are all of it.</summary>
public sealed class ListingTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Theory]
    [InlineData(1u)]
    [InlineData(7u)]
    [InlineData(1000u)]
    public async Task Instances_are_listed_by_id_over_all_shards(uint size)
    {
        var ids = await Roster(130);

        var listed = await All(size, (page, token) => Instances.ListInstancesAsync(new() { PageSize = page, PageToken = token }).ResponseAsync, r => (r.Instances, r.NextPageToken));
        Assert.Equal(ids.Order(StringComparer.Ordinal), listed.Select(i => $"{i.Resource}/{i.Instance}"));
    }

    [Fact]
    public async Task What_is_asked_of_instances_must_all_hold_and_few_hits_still_fill_pages()
    {
        await Roster(130);

        var request = new Wire.ListInstancesRequest { PageSize = 3, Image = "web", Version = "1.0", Labels = { "zone=b", "app=shop" } };
        var pages = 0;
        var listed = await All(3, (_, token) =>
        {
            pages++;
            request.PageToken = token;
            return Instances.ListInstancesAsync(request).ResponseAsync;
        }, r => (r.Instances, r.NextPageToken));
        Assert.Equal(11, listed.Count);
        Assert.Equal(4, pages);
        Assert.All(listed, i => Assert.Equal(("b", "shop"), (i.Labels["zone"], i.Labels["app"])));
    }

    [Fact]
    public async Task A_listed_instance_tells_how_it_is_now()
    {
        var id = InstanceId.Parse("edge-1/web");
        await gateway.Grains.Roster(0).List(new RosterEntry { Id = id, Version = 1 });
        var change = new ChangeView { Id = "c1", Instance = id, Patch = "p", Phase = ChangePhase.Applied, By = "me", Requested = gateway.Time.GetUtcNow(), Deadline = gateway.Time.GetUtcNow() };
        gateway.Grains.Instance("edge-1/web").View = ApiTests.View("edge-1/web") with
        {
            Health = Health.Healthy,
            LastReport = gateway.Time.GetUtcNow(),
            Change = change,
            Committed = Web,
            Labels = Labels.Of([new("zone", "a")]),
        };

        var listed = Assert.Single((await Instances.ListInstancesAsync(new())).Instances);
        Assert.Equal((Wire.Health.Healthy, "c1", "web", "a"), (listed.Health, listed.Change, listed.Manifest.Image, listed.Labels["zone"]));
        Assert.Equal(gateway.Time.GetUtcNow(), listed.LastReport.ToDateTimeOffset());

        gateway.Grains.Instance("edge-1/web").View = gateway.Grains.Instance("edge-1/web").View with { Change = change with { Phase = ChangePhase.Committed } };
        Assert.Equal("", Assert.Single((await Instances.ListInstancesAsync(new())).Instances).Change);
    }

    [Fact]
    public async Task A_shard_that_cannot_tell_fails_the_page_and_is_not_left_out()
    {
        await Roster(20);
        gateway.Grains.Roster(5).Broken = true;

        await AccessTests.Refused(StatusCode.Internal, "INTERNAL", () => Instances.ListInstancesAsync(new()).ResponseAsync);
    }

    [Fact]
    public async Task Resources_and_images_are_listed_by_name()
    {
        for (var i = 0; i < 40; i++)
        {
            await gateway.Grains.Index(Listing.Resources, i % RosterGrains.IndexShards).Enter($"edge-{i * 7 % 40}", $"edge-{i * 7 % 40}");
            await gateway.Grains.Index(Listing.Images, i % RosterGrains.IndexShards).Enter($"image-{i * 7 % 40}", $"image-{i * 7 % 40}");
        }

        gateway.Grains.Image("image-3").Versions.Add(Version("1.0"));
        var resources = await All(7, (page, token) => Resources.ListResourcesAsync(new() { PageSize = page, PageToken = token }).ResponseAsync, r => (r.Resources, r.NextPageToken));
        var images = await All(7, (page, token) => Images.ListImagesAsync(new() { PageSize = page, PageToken = token }).ResponseAsync, r => (r.Images, r.NextPageToken));

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"edge-{i}").Order(StringComparer.Ordinal), resources.Select(r => r.Name));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"image-{i}").Order(StringComparer.Ordinal), images.Select(r => r.Name));
        Assert.Equal(1u, images.Single(i => i.Name == "image-3").Versions);
    }

    [Fact]
    public async Task Versions_and_patches_are_listed_as_they_were_published_and_a_bad_patch_marks_its_version()
    {
        var image = gateway.Grains.Image("web");
        for (var i = 0; i < 25; i++)
        {
            image.Versions.Add(Version($"{i}"));
            image.Patches.Add(new PatchView { Id = $"to-{i}", Image = "web", Kind = "layer", Version = $"{i}" });
        }

        Assert.True((await Images.QuarantineAsync(new() { Image = "web", Patch = "to-7", Reason = "it fails" })).Quarantined);
        var versions = await All(10, (page, token) => Images.ListVersionsAsync(new() { Image = "web", PageSize = page, PageToken = token }).ResponseAsync, r => (r.Versions, r.NextPageToken));
        var patches = await All(10, (page, token) => Images.ListPatchesAsync(new() { Image = "web", PageSize = page, PageToken = token }).ResponseAsync, r => (r.Patches, r.NextPageToken));

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i}"), versions.Select(v => v.Version));
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"to-{i}"), patches.Select(p => p.Id));
        Assert.Equal(("7", "it fails (administrator)"), versions.Where(v => v.Quarantined).Select(v => (v.Version, v.QuarantineReason)).Single());
        Assert.False((await Images.LiftQuarantineAsync(new() { Image = "web", Patch = "to-7" })).Quarantined);
        await AccessTests.Refused(StatusCode.NotFound, "PATCH_UNKNOWN", () => Images.QuarantineAsync(new() { Image = "web", Patch = "nothing" }).ResponseAsync);
        await AccessTests.Refused(StatusCode.NotFound, "IMAGE_UNKNOWN", () => Images.ListPatchesAsync(new() { Image = "nothing" }).ResponseAsync);
    }

    [Fact]
    public async Task A_page_of_large_items_is_shorter_than_what_clients_take_and_goes_on()
    {
        var image = gateway.Grains.Image("large");
        for (var i = 0; i < 90; i++) image.Versions.Add(Version($"{i}") with { Components = [.. Enumerable.Range(0, 1500).Select(c => $"pkg:deb/debian/some-library-{c}@1.2.3-4?arch=amd64")] });

        var pages = new List<int>();
        var versions = await All(1000, async (page, token) =>
        {
            var response = await Images.ListVersionsAsync(new() { Image = "large", PageSize = page, PageToken = token });
            Assert.InRange(response.CalculateSize(), 1, 3 << 20);
            pages.Add(response.Versions.Count);
            return response;
        }, r => (r.Versions, r.NextPageToken));

        Assert.Equal(Enumerable.Range(0, 90).Select(i => $"{i}"), versions.Select(v => v.Version));
        Assert.InRange(pages.Count, 2, 10);
    }

    [Fact]
    public async Task Rollouts_are_listed_newest_first_and_those_that_ended_are_passed_over()
    {
        var names = await Rollouts(60, ended: i => i % 20 != 0);

        var all = await All(7, (page, token) => Client.ListAsync(new() { PageSize = page, PageToken = token }).ResponseAsync, r => (r.Rollouts, r.NextPageToken));
        var active = await All(2, (page, token) => Client.ListAsync(new() { PageSize = page, PageToken = token, Active = true }).ResponseAsync, r => (r.Rollouts, r.NextPageToken));
        Assert.Equal(names, all.Select(r => r.Id));
        Assert.Equal(["r00000", "r00020", "r00040"], active.Select(r => r.Id));
    }

    [Fact]
    public async Task One_page_looks_at_so_many_rollouts_and_its_token_goes_on_after_them()
    {
        var names = await Rollouts(2500, ended: i => i < 2499);

        var first = await Client.ListAsync(new() { Active = true });
        Assert.Empty(first.Rollouts);
        var second = await Client.ListAsync(new() { Active = true, PageToken = first.NextPageToken });
        Assert.Equal((names[^1], ""), (Assert.Single(second.Rollouts).Id, second.NextPageToken));
    }

    [Fact]
    public async Task Targets_are_listed_in_the_order_of_the_waves_and_by_state()
    {
        var rollout = gateway.Grains.Rollout("r1");
        rollout.View = RolloutApiTests.View("r1");
        rollout.MostLookedAt = 50;
        rollout.All = [.. Enumerable.Range(0, 2000).Select(i => new TargetView
        {
            Instance = new($"edge-{i}", "web"),
            State = i % 400 == 399 ? TargetState.Failed : TargetState.Verified,
            Wave = i < 1 ? 1 : 2,
        })];

        var all = await All(300, (page, token) => Client.ListTargetsAsync(new() { Rollout = "r1", PageSize = page, PageToken = token }).ResponseAsync, r => (r.Targets, r.NextPageToken));
        var failed = await All(300, (page, token) => Client.ListTargetsAsync(new() { Rollout = "r1", PageSize = page, PageToken = token, State = Wire.TargetState.Failed }).ResponseAsync, r => (r.Targets, r.NextPageToken));
        Assert.Equal(rollout.All.Select(t => t.Instance.Resource), all.Select(t => t.Resource));
        Assert.Equal(["edge-399", "edge-799", "edge-1199", "edge-1599", "edge-1999"], failed.Select(t => t.Resource));
        await AccessTests.Refused(StatusCode.NotFound, "ROLLOUT_UNKNOWN", () => Client.ListTargetsAsync(new() { Rollout = "nothing" }).ResponseAsync);
    }

    [Fact]
    public async Task Freezes_are_listed_by_id()
    {
        for (var i = 0; i < 12; i++)
            gateway.Grains.Scheduler.All[$"f{i:00}"] = new FreezeView { Id = $"f{i:00}", By = "me", Since = gateway.Time.GetUtcNow(), Until = gateway.Time.GetUtcNow(), Lifted = i % 2 == 0 ? null : gateway.Time.GetUtcNow() };

        var all = await All(4, (page, token) => Scheduling.ListFreezesAsync(new() { PageSize = page, PageToken = token }).ResponseAsync, r => (r.Freezes, r.NextPageToken));
        var active = await All(3, (page, token) => Scheduling.ListFreezesAsync(new() { PageSize = page, PageToken = token, Active = true }).ResponseAsync, r => (r.Freezes, r.NextPageToken));
        Assert.Equal(gateway.Grains.Scheduler.All.Keys, all.Select(f => f.Id));
        Assert.Equal(["f00", "f02", "f04", "f06", "f08", "f10"], active.Select(f => f.Id));
    }

    [Fact]
    public async Task A_token_is_good_for_its_own_listing_and_filter_alone()
    {
        string[] paths =
        [
            "/v1/instances?", "/v1/instances?image=web&", "/v1/instances?labels=zone=b&", "/v1/resources?", "/v1/images?", "/v1/images/web/versions?", "/v1/images/web/patches?",
            "/v1/images/other/patches?", "/v1/rollouts?", "/v1/rollouts?active=true&", "/v1/rollouts/r00000/targets?", "/v1/rollouts/r00001/targets?",
            "/v1/rollouts/r00000/targets?state=TARGET_STATE_FAILED&", "/v1/freezes?", "/v1/freezes?active=true&", "/v1/audit?", "/v1/audit?subject=edge-1&",
        ];
        await Fill();
        using var http = gateway.Http();
        var tokens = new Dictionary<string, string>();
        foreach (var path in paths)
        {
            using var page = JsonDocument.Parse(await http.GetStringAsync($"{path}pageSize=1"));
            tokens[path] = page.RootElement.GetProperty("nextPageToken").GetString()!;
            Assert.NotEmpty(tokens[path]);
        }

        foreach (var path in paths)
        {
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{path}pageSize=1&pageToken={tokens[path]}")).StatusCode);
            var own = tokens[path];
            string[] garbage = ["x", own[1..], own[..^1], own + "AAAA", (own[0] == 'A' ? 'B' : 'A') + own[1..], new string('A', 64), new string('A', 5000), "%F0%9F%92%A9", "AAAA%2B%2F%3D%3D", "%00"];
            foreach (var token in tokens.Where(t => t.Key != path).Select(t => t.Value).Concat(garbage))
            {
                using var response = await http.GetAsync($"{path}pageSize=1&pageToken={token}");
                var problem = await Json.Problem(response);
                Assert.Equal((400, "pageToken"), (problem.Status, Assert.Single(problem.Errors!.Value).Field));
            }
        }
    }

    [Theory]
    [InlineData("/v1/instances")]
    [InlineData("/v1/rollouts")]
    [InlineData("/v1/freezes")]
    [InlineData("/v1/resources")]
    public async Task A_page_has_at_most_a_thousand_items(string path)
    {
        using var large = await gateway.Http().GetAsync($"{path}?pageSize=1001");
        using var negative = await gateway.Http().GetAsync($"{path}?pageSize=-1");

        Assert.Equal("pageSize", Assert.Single((await Json.Problem(large)).Errors!.Value).Field);
        Assert.Equal("pageSize", Assert.Single((await Json.Problem(negative)).Errors!.Value).Field);
    }

    private static readonly Manifest Web = new() { Image = "web", Version = "1.0", ImageDigest = "sha256:00" };

    private static ImageVersionFacts Version(string version) => new() { Version = version, Digest = $"sha256:{version}" };

    private Wire.Instances.InstancesClient Instances => new(Api);

    private Wire.Resources.ResourcesClient Resources => new(Api);

    private Wire.Images.ImagesClient Images => new(Api);

    private Wire.Rollouts.RolloutsClient Client => new(Api);

    private Wire.Scheduling.SchedulingClient Scheduling => new(Api);

    private CallInvoker Api => gateway.Grpc(gateway.ApiPort, key: gateway.Key);

    // Half run the image, every second of them is in zone b, and so on.
    private async Task<List<string>> Roster(int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var id = new InstanceId($"edge-{i / 2}", i % 2 == 0 ? "web" : "db");
            var labels = Labels.Of([new("zone", i % 4 == 0 ? "a" : "b"), new("app", i % 3 == 0 ? "shop" : "blog")]);
            await gateway.Grains.Roster(i * 11 % RosterGrains.Shards).List(new RosterEntry { Id = id, Version = 1, Manifest = i % 2 == 0 ? Web : null, Labels = labels });
            gateway.Grains.Instance(id.ToString()).View = ApiTests.View(id.ToString()) with { Labels = labels };
            ids.Add(id.ToString());
        }

        return ids;
    }

    private async Task<List<string>> Rollouts(int count, Predicate<int> ended)
    {
        var names = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"r{i:00000}");
            await gateway.Grains.Index(Listing.Rollouts, i % RosterGrains.IndexShards).Enter(name, name);
            gateway.Grains.Rollout(name).View = RolloutApiTests.View(name) with { Phase = ended(i) ? RolloutPhase.Succeeded : RolloutPhase.Baking };
            names.Add(name);
        }

        return names;
    }

    // Two of everything that can be listed.
    private async Task Fill()
    {
        await Roster(20);
        await Rollouts(2, ended: _ => false);
        for (var i = 0; i < 2; i++)
        {
            await gateway.Grains.Index(Listing.Resources, i).Enter($"edge-{i}", $"edge-{i}");
            await gateway.Grains.Index(Listing.Images, i).Enter($"image-{i}", $"image-{i}");
            gateway.Grains.Image("web").Versions.Add(Version($"{i}"));
            foreach (var image in new[] { "web", "other" }) gateway.Grains.Image(image).Patches.Add(new PatchView { Id = $"p{i}", Image = image, Kind = "hotfix" });
            var rollout = gateway.Grains.Rollout($"r0000{i}");
            rollout.All = [.. Enumerable.Range(0, 3).Select(t => new TargetView { Instance = new($"edge-{t}", "web"), State = TargetState.Failed, Wave = 1 })];
            var now = gateway.Time.GetUtcNow();
            gateway.Grains.Scheduler.All[$"f{i}"] = new FreezeView { Id = $"f{i}", By = "me", Since = now, Until = now };
            await gateway.Grains.Audit(i).Append([new AuditEntry { Id = $"e{i}", At = now, Actor = "me", Action = "test", Subject = "edge-1" }]);
        }
    }

    private static async Task<List<TItem>> All<TResponse, TItem>(uint size, Func<uint, string, Task<TResponse>> read, Func<TResponse, (IEnumerable<TItem> Items, string Next)> open)
    {
        var (items, token, pages) = (new List<TItem>(), "", 0);
        do
        {
            var (page, next) = open(await read(size, token));
            Assert.InRange(page.Count(), 0, (int)size);
            items.AddRange(page);
            token = next;
            Assert.InRange(++pages, 1, 1000);
        }
        while (token.Length > 0);
        return items;
    }
}
