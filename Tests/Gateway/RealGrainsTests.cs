using Fleet.Tests.Grains;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway;

/// <summary>The API on the grains that it is for, with simulated devices: what the fakes of the other tests stand for is so.</summary>
public sealed class RealGrainsTests : IAsyncLifetime
{
    private FleetWorld fleet = null!;
    private TestGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        fleet = await FleetWorld.Start(4);
        gateway = new TestGateway(fleet.Cluster.Grains, fleet.Time);
        await gateway.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await fleet.DisposeAsync();
    }

    [Fact]
    public async Task A_rollout_is_planned_created_watched_to_its_end_and_found_in_every_list()
    {
        foreach (var (resource, zone) in new[] { ("edge-1", "a"), ("edge-2", "a"), ("edge-3", "b") })
            await Instances.SetLabelsAsync(new() { Resource = resource, Instance = "web", Labels = { ["zone"] = zone } });
        var listed = await Instances.ListInstancesAsync(new() { Image = "web", Version = "1.0", Labels = { "zone=a" } });
        Assert.Equal(["edge-1", "edge-2"], listed.Instances.Select(i => i.Resource));
        Assert.All(listed.Instances, i => Assert.Equal((Wire.Health.Healthy, "1.0", ""), (i.Health, i.Manifest.Version, i.Change)));

        var spec = Spec(new() { Labels = { ["zone"] = "a" }, Component = "pkg:deb/debian/libssl3" });
        var plan = await Rollouts.PlanAsync(new() { Rollout = "r1", Spec = spec });
        Assert.Equal(("", 2u, 2u), (plan.Refusal, plan.Targets, plan.LeftOut));
        await AccessTests.Refused(StatusCode.NotFound, "ROLLOUT_UNKNOWN", () => Rollouts.GetAsync(new() { Rollout = "r1" }).ResponseAsync);

        var created = await Rollouts.CreateAsync(new() { Rollout = "r1", Spec = spec });
        Assert.Equal(created.Requested, (await Rollouts.CreateAsync(new() { Rollout = "r1", Spec = spec })).Requested);
        await AccessTests.Refused(StatusCode.AlreadyExists, "ROLLOUT_EXISTS", () => Rollouts.CreateAsync(new() { Rollout = "r1", Spec = new(spec) { Priority = 9 } }).ResponseAsync);

        using var watching = Rollouts.Watch(new() { Rollout = "r1" });
        var seen = Seen(watching);
        fleet.Rollout("r1");
        await fleet.Until(() => Task.FromResult(seen.IsCompleted));
        Assert.Equal(Wire.RolloutPhase.Succeeded, (await seen)[^1].Phase);
        Assert.Equal(2u, (await seen)[^1].Counts.Verified);
        Assert.True((await seen).Count > 2);

        Assert.Equal(plan.Sample.Select(t => (t.Resource, t.Wave)), (await Rollouts.ListTargetsAsync(new() { Rollout = "r1" })).Targets.Select(t => (t.Resource, t.Wave)));
        Assert.Equal(2, (await Rollouts.ListTargetsAsync(new() { Rollout = "r1", State = Wire.TargetState.LeftOut })).Targets.Count);
        await AccessTests.Refused(StatusCode.FailedPrecondition, "ROLLOUT_ENDED", () => Rollouts.PauseAsync(new() { Rollout = "r1" }).ResponseAsync);
        Assert.Empty((await Rollouts.ListAsync(new() { Active = true })).Rollouts);
        Assert.Single((await Audit.ListRecordsAsync(new() { Subject = "rollout:r1" })).Records, r => r.Terminal);
        Assert.True((await Audit.VerifyAsync(new())).Valid);
    }

    [Fact]
    public async Task Rollouts_are_listed_newest_first()
    {
        foreach (var id in new[] { "b", "a", "c" })
        {
            await Rollouts.CreateAsync(new() { Rollout = id, Spec = Spec(new() { Instances = { "edge-1/web" } }) });
            fleet.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        var first = await Rollouts.ListAsync(new() { PageSize = 2 });
        var second = await Rollouts.ListAsync(new() { PageSize = 2, PageToken = first.NextPageToken });
        Assert.Equal(["c", "a", "b"], first.Rollouts.Concat(second.Rollouts).Select(r => r.Id));
        Assert.Equal("", second.NextPageToken);
    }

    [Fact]
    public async Task What_can_not_be_started_says_why_and_leaves_nothing()
    {
        var nobody = Spec(new() { Labels = { ["zone"] = "nowhere" } });
        var unknown = new Wire.RolloutSpec(nobody) { Patch = "nothing" };

        Assert.Equal("NO_TARGETS", (await Rollouts.PlanAsync(new() { Spec = nobody })).Refusal);
        Assert.Equal("PATCH_UNKNOWN", (await Rollouts.PlanAsync(new() { Spec = unknown })).Refusal);
        await AccessTests.Refused(StatusCode.FailedPrecondition, "NO_TARGETS", () => Rollouts.CreateAsync(new() { Rollout = "r1", Spec = nobody }).ResponseAsync);
        await AccessTests.Refused(StatusCode.FailedPrecondition, "PATCH_UNKNOWN", () => Rollouts.CreateAsync(new() { Rollout = "r1", Spec = unknown }).ResponseAsync);
        await Images.QuarantineAsync(new() { Image = "web", Patch = "v2", Reason = "it fails" });
        Assert.Equal("2.0", Assert.Single((await Images.ListVersionsAsync(new() { Image = "web" })).Versions, v => v.Quarantined).Version);
        await AccessTests.Refused(StatusCode.FailedPrecondition, "PATCH_QUARANTINED", () => Rollouts.CreateAsync(new() { Rollout = "r1", Spec = new(Spec(new())) { Patch = "v2" } }).ResponseAsync);
        Assert.Empty((await Rollouts.ListAsync(new())).Rollouts);
    }

    [Fact]
    public async Task Freezes_budgets_and_holds_are_safe_to_repeat_and_audited()
    {
        var freeze = await Scheduling.CreateFreezeAsync(new() { Freeze = "f1", Reason = "holidays" });
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(freeze, await Scheduling.CreateFreezeAsync(new() { Freeze = "f1", Reason = "holidays" }));
        await AccessTests.Refused(StatusCode.AlreadyExists, "FREEZE_EXISTS", () => Scheduling.CreateFreezeAsync(new() { Freeze = "f1", Labels = { ["zone"] = "a" } }).ResponseAsync);
        await AccessTests.Refused(StatusCode.AlreadyExists, "FREEZE_EXISTS",
            () => Scheduling.CreateFreezeAsync(new() { Freeze = "f1", Reason = "holidays", ValidFor = Duration.FromTimeSpan(TimeSpan.FromDays(3)) }).ResponseAsync);
        Assert.Single((await Scheduling.ListFreezesAsync(new() { Active = true })).Freezes);
        var lifted = await Scheduling.LiftFreezeAsync(new() { Freeze = "f1", Reason = "over" });
        Assert.Equal(lifted, await Scheduling.LiftFreezeAsync(new() { Freeze = "f1", Reason = "over" }));
        Assert.Empty((await Scheduling.ListFreezesAsync(new() { Active = true })).Freezes);
        Assert.Single((await Scheduling.ListFreezesAsync(new())).Freezes);

        Assert.Equal(2u, (await Scheduling.SetBudgetAsync(new() { Application = "shop", MaxOutOfService = 2 })).MaxOutOfService);
        var hold = await Resources.HoldAsync(new() { Resource = "edge-1", Hold = "h1" });
        await fleet.Until(async () => (await Resources.GetHoldAsync(new() { Resource = "edge-1" })).Phase == Wire.HoldPhase.Held);
        Assert.Equal(hold.Until, (await Resources.HoldAsync(new() { Resource = "edge-1", Hold = "h1" })).Until);
        await AccessTests.Refused(StatusCode.Aborted, "HELD", () => Resources.HoldAsync(new() { Resource = "edge-1", Hold = "h2" }).ResponseAsync);
        await AccessTests.Refused(StatusCode.NotFound, "HOLD_UNKNOWN", () => Resources.ReleaseAsync(new() { Resource = "edge-1", Hold = "h2" }).ResponseAsync);
        Assert.Equal(Wire.HoldPhase.Released, (await Resources.ReleaseAsync(new() { Resource = "edge-1", Hold = "h1" })).Phase);
        Assert.Equal(Wire.HoldPhase.Released, (await Resources.HoldAsync(new() { Resource = "edge-1", Hold = "h1" })).Phase);

        foreach (var (subject, actions) in new[] { ("freeze:f1", 2), ("application:shop", 1) })
            Assert.Equal(actions, (await Audit.ListRecordsAsync(new() { Subject = subject })).Records.Count);
    }

    [Fact]
    public async Task Resources_images_and_what_they_have_are_listed()
    {
        Assert.Equal(["edge-1", "edge-2", "edge-3", "edge-4"], (await Resources.ListResourcesAsync(new())).Resources.Select(r => r.Name));
        Assert.Equal(("web", 2u, 3u), Assert.Single((await Images.ListImagesAsync(new())).Images) is var image ? (image.Name, image.Versions, image.Patches) : default);
        Assert.Equal(["v1", "v2", "fix"], (await Images.ListPatchesAsync(new() { Image = "web" })).Patches.Select(p => p.Id));
    }

    private static Wire.RolloutSpec Spec(Wire.Selector selector) => new()
    {
        Image = "web",
        Patch = "fix",
        Selector = selector,
        Bake = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)),
        WaveBake = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
    };

    private static async Task<List<Wire.Rollout>> Seen(AsyncServerStreamingCall<Wire.Rollout> watching)
    {
        var seen = new List<Wire.Rollout>();
        while (await watching.ResponseStream.MoveNext()) seen.Add(watching.ResponseStream.Current);
        return seen;
    }

    private CallInvoker Api => gateway.Grpc(gateway.ApiPort, key: gateway.Key);

    private Wire.Images.ImagesClient Images => new(Api);

    private Wire.Instances.InstancesClient Instances => new(Api);

    private Wire.Resources.ResourcesClient Resources => new(Api);

    private Wire.Rollouts.RolloutsClient Rollouts => new(Api);

    private Wire.Scheduling.SchedulingClient Scheduling => new(Api);

    private Wire.Audit.AuditClient Audit => new(Api);
}
