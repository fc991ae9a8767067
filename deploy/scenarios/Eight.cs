using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Scenarios;

/// <summary>
/// A fleet of eight: a real nginx on each device, under steady clients. Patches go through it in waves; a bad one is stopped by
/// its first wave; engine and agents are killed on the way, one device is away, and people hold, stop and take back.
/// </summary>
internal sealed class Eight(World world, Publishing publishing, Story story)
{
    private const int Count = 8;
    private const string Application = "shop";
    private const string Succeeded = "succeeded";
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Reported = TimeSpan.FromSeconds(12);
    // So long a hold is watched: it must be in force after 2 s.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(3);

    private readonly IReadOnlyList<Device> _devices = Device.Make(Count);

    public static async Task Play(Stage stage, Story story)
    {
        await using var world = new World(stage);
        story.Tell("Finding a real pair of versions in the archive …");
        var publishing = await Publishing.Prepare(world);
        await new Eight(world, publishing, story).Play();
        if (stage.Keep) Console.WriteLine(world.Around());
    }

    private FleetClient Fleet => world.Client;

    private async Task Play()
    {
        story.Facts["instances"] = 0;
        await Publish();
        await Install();
        await using var load = new Crowd(_devices.Select(d => d.Address), publishing.Page);
        await World.Until("every client is served", Within, () => Task.FromResult(load.AllServed(10)));

        var campaigns = new Campaigns(Fleet, story, load, publishing.Image);
        await Heal(campaigns);
        await Survive(campaigns);
        await Hold(campaigns);
        await Conclude(campaigns);
    }

    private async Task Publish()
    {
        await world.MakePublisher();
        story.Tell("Starting the engine …");
        await world.StartEngine();
        foreach (var which in new[] { "first", "next", "bad" })
        {
            story.Tell($"Building, pushing and signing {publishing.Image}:{publishing.Version(which)} …");
            await publishing.PublishVersion(which);
        }
        story.Tell($"Signing hotfix {publishing.Hotfixes[0]!["component"]} {publishing.Hotfixes[0]!["fromVersion"]} → {publishing.Hotfixes[0]!["toVersion"]} …");
        await publishing.PublishHotfix(0);
    }

    private async Task Install()
    {
        story.Tell($"Enrolling {Count} agents …");
        await Task.WhenAll(_devices.Select(d => world.Enrol(d.Resource, d.Scope, d.AddressPool)));
        foreach (var device in _devices) world.StartAgent(device.Resource);
        story.Tell("Installing nginx on each …");
        await Task.WhenAll(_devices.Select(Install));
        story.Facts["instances"] = Count;
        story.Tell($"nginx answers at ports {_devices[0].Port} to {_devices[^1].Port}, old libraries mapped {OldMaps()} times");
        story.Expect(OldMaps() > 0, "nginx maps the library that will be replaced");
        await Fleet.Scheduling.SetBudget(Application, Count / 2, "half of the shop serves on");
    }

    private async Task Install(Device device)
    {
        var request = new ApplyRequest { Resource = device.Resource, Instance = Device.Service, Image = publishing.Image, Patch = "first", Bake = Campaigns.Seconds(1), Reason = "demonstration" };
        request.Ports.Add(new PublishedPort { HostPort = (uint)device.Port, ServicePort = "https" });
        var change = await Fleet.Instances.WaitForEnd(await Fleet.Instances.Apply(request));
        story.Expect(change.Phase == ChangePhase.Committed, $"the installation on {device.Resource} was to end committed, and ended {change.Phase}: {change.Detail}");
        story.Tell($"  {device.Instance} is {change.Phase}");
        await Fleet.Instances.SetLabels(device.Resource, Device.Service, device.Labels);
    }

    private async Task Heal(Campaigns campaigns)
    {
        await campaigns.Play("hotfix in waves", good: true, Succeeded, campaigns.Spec(Publishing.HotfixId(0)));
        story.Expect(OldMaps() == 0, "no process maps the old library after the hotfix");

        var update = await campaigns.Play("layered update in waves", good: true, Succeeded, campaigns.Spec("next"));
        await ExpectEverywhere("next");

        // Its service begins to fail two seconds after it started: a bake must be longer than that to see it.
        var bad = campaigns.Spec("bad");
        bad.Bake = Campaigns.Seconds(6);
        var failed = await campaigns.Play("bad patch", good: false, "rolled back", bad);
        story.Expect(failed is { Wave: 1, Counts: { RolledBack: 1, Untouched: Count - 1 } }, "the bad patch failed in its first wave, and the others were never touched");
        await ExpectEverywhere("next");
        var patch = await Fleet.Images.GetPatch(publishing.Image, "bad");
        story.Expect(patch.Quarantined, "the bad patch is quarantined");
        await campaigns.Refuse("bad patch once more", "PATCH_QUARANTINED", campaigns.Spec("bad"));

        if (update is not null) await campaigns.TakeBack("layered update taken back", update.Id);
        await ExpectEverywhere("first");
    }

    private async Task Survive(Campaigns campaigns)
    {
        await campaigns.Play("engine killed in mid-wave", good: true, Succeeded, campaigns.Spec("next"), async rollout =>
        {
            await campaigns.UntilMidWave(rollout);
            story.Tell("  killing the engine");
            await world.KillEngine();
            await world.StartEngine();
        });
        await ExpectEverywhere("next");

        await campaigns.Play("two agents killed in mid-wave", good: true, Succeeded, campaigns.Spec("first"), async rollout =>
        {
            await campaigns.UntilMidWave(rollout);
            var chosen = new List<string>();
            await foreach (var target in Fleet.Rollouts.ListTargets(rollout, TargetState.Dispatched)) chosen.Add(target.Resource);
            foreach (var resource in chosen.Concat(_devices.Select(d => d.Resource)).Distinct().Take(2))
            {
                story.Tell($"  killing the agent of {resource}");
                await world.KillAgent(resource);
                world.StartAgent(resource);
            }
        });
        await ExpectEverywhere("first");

        var away = _devices[^1];
        await world.KillAgent(away.Resource);
        await World.Until($"{away.Resource} is offline", Within, async () => !(await Fleet.Resources.Get(away.Resource)).Connected);
        await campaigns.Play("one agent away, catches up", good: true, Succeeded, campaigns.Spec("next"), async rollout =>
        {
            var seen = await campaigns.Until(rollout, "all others are done", r => r.Counts is { Verified: Count - 1, Offline: 1 });
            story.Tell($"  {seen.Counts.Verified} are done, {away.Resource} is offline; it comes back");
            world.StartAgent(away.Resource);
            await World.Until($"{away.Resource} has caught up", Within, async () => (await Fleet.Rollouts.Get(rollout)).Counts.Verified == Count);
        });
        await ExpectEverywhere("next");
    }

    private async Task Hold(Campaigns campaigns)
    {
        // With half a wave's room, the other half waits for its turn when the line stops.
        await Fleet.Scheduling.SetBudget(Application, Count / 4, "a quarter, so that there is something to hold");
        await campaigns.Play("paused and resumed", good: true, Succeeded, campaigns.Spec("first"), async rollout =>
        {
            await campaigns.UntilMidWave(rollout);
            using (campaigns.Held(rollout))
            {
                await Fleet.Rollouts.Pause(rollout, "demonstration");
                await Task.Delay(Watched);
                story.Expect((await Fleet.Rollouts.Get(rollout)).Phase == RolloutPhase.Paused, "the rollout is paused");
            }
            await Fleet.Rollouts.Resume(rollout, "demonstration");
        });
        await ExpectEverywhere("first");

        await campaigns.Play("frozen and lifted", good: true, Succeeded, campaigns.Spec("next"), async rollout =>
        {
            await campaigns.UntilMidWave(rollout);
            Freeze freeze;
            using (campaigns.Held(rollout))
            {
                freeze = await Fleet.Scheduling.CreateFreeze("demonstration");
                await Task.Delay(Watched);
                story.Tell($"  while frozen: {(await Fleet.Rollouts.Get(rollout)).Detail}");
            }
            await Fleet.Scheduling.LiftFreeze(freeze.Id);
        });
        await ExpectEverywhere("next");

        var stopped = await campaigns.Play("stopped in mid-wave", good: true, "stopped", campaigns.Spec("first"), async rollout =>
        {
            await campaigns.UntilMidWave(rollout);
            using (campaigns.Held(rollout))
            {
                await Fleet.Rollouts.Stop(rollout, "demonstration");
                await Task.Delay(Watched);
            }
        });
        story.Expect(stopped is { Counts: { Untouched: > 0 } c } && c.Verified + c.Untouched == Count, "the stopped rollout verified what it had begun and left the others untouched");

        await Fleet.Scheduling.SetBudget(Application, Count / 2, "as before");
        var rest = campaigns.Spec("first");
        rest.Selector.Versions.Add(publishing.Version("next"));
        var others = await campaigns.Play("the rest, by version", good: true, Succeeded, rest);
        story.Expect(others?.Counts.Verified == stopped?.Counts.Untouched, "the selector finds those that were left");
        await ExpectEverywhere("first");
    }

    private async Task Conclude(Campaigns campaigns)
    {
        var (verified, records) = (await Fleet.Audit.Verify(), await SlotLedger.Read(Fleet));
        var twice = 0;
        foreach (var device in _devices) twice += await SlotLedger.TooMany(Fleet, device, records);

        var facts = story.Facts;
        facts["rollbackSeconds"] = Math.Round(campaigns.RollbackSeconds, 2);
        facts["stopToLastDispatchSeconds"] = Math.Round(await campaigns.StopToLastDispatch(), 2);
        facts["directivesAppliedTwice"] = twice;
        facts["mapsOfOldLibrary"] = OldMaps();
        facts["auditRecords"] = records.Count;
        facts["auditVerified"] = verified.Valid;

        story.Expect(campaigns.RollbackSeconds is > 0 and <= 5, "a rollback takes at most 5 s");
        story.Expect(facts["stopToLastDispatchSeconds"]!.GetValue<double>() <= 2, "nothing starts later than 2 s after a stop");
        story.Expect(twice == 0, "no directive was applied twice");
        story.Expect(OldMaps() == 0, "no process maps the old library at the end");
        story.Expect(verified.Valid, "the audit chain verifies");
        story.Expect((ulong)records.Count >= verified.Records, $"the audit's pages hold all {verified.Records} records");
    }

    // What is observed comes with the next report.
    private async Task ExpectEverywhere(string which)
    {
        foreach (var device in _devices)
        {
            InstanceManifest? observed = null;
            try { await World.Until($"{which} runs on {device.Resource}", Reported, async () => (observed = (await Fleet.Instances.Get(device.Resource, Device.Service)).Observed)?.Version == publishing.Version(which)); }
            catch (TimeoutException) { story.Expect(false, $"{publishing.Version(which)} runs on {device.Resource}, not {observed?.Version}"); }
            story.Expect(observed?.Hotfixes.Count == 1, $"the hotfix is in force on {device.Resource}");
        }
    }

    private int OldMaps() => _devices.Sum(d => LibraryMaps.Count(LibraryMaps.InCgroup($"/{d.Scope}/"), publishing.OldLibraries));
}
