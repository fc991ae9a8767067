using System.Text.Json.Nodes;

namespace Fleet.Scenarios;

/// <summary>
/// One service image, healed for real: a real nginx with HTTPS runs from an image of Debian packages, and under a steady
/// client a signed hotfix takes effect, is verified and taken back; a newer nginx comes and goes with the hotfix in force; a
/// bad release is taken back by itself; agent and engine are killed in the middle of changes.
/// </summary>
internal sealed class One(World world, Publishing publishing, Story story)
{
    private const string Resource = "demo";
    private const string Instance = "demo/web";
    private const string Scope = "fleetdm";
    private const int Port = 19443;
    private const string Committed = "committed";
    private const string RolledBack = "rolled back";
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    private readonly List<JsonNode> _changes = [];
    private int _slotsExpected;

    public static async Task Play(Stage stage, Story story)
    {
        await using var world = new World(stage);
        story.Tell("Finding a real pair of versions in the archive …");
        var publishing = await Publishing.Prepare(world);
        await new One(world, publishing, story).Play();
        if (stage.Keep) Console.WriteLine(world.Around());
    }

    private async Task Play()
    {
        await Install();
        await using (var load = new LoadClient(new Uri($"https://127.0.0.1:{Port}/"), publishing.Page, Pace.Brisk))
        {
            await World.Until("the client is served", Within, () => Task.FromResult(load.Count.Total > 20));
            await Heal(load);
            await ComeAndGo(load);
            await Survive(load);
        }
        await Conclude();
    }

    private async Task Install()
    {
        await world.MakePublisher();
        story.Tell("Starting the engine …");
        await world.StartEngine();
        story.Tell("Enrolling the agent with a one-time token …");
        await world.Enrol(Resource, Scope, "10.214.0.0/24");
        world.StartAgent(Resource);

        foreach (var which in new[] { "first", "next", "bad" })
        {
            story.Tell($"Building, pushing and signing {publishing.Image}:{publishing.Version(which)} …");
            await publishing.PublishVersion(which);
        }
        for (var i = 0; i < publishing.Hotfixes.Count; i++)
        {
            var hotfix = publishing.Hotfixes[i]!;
            story.Tell($"Signing hotfix {hotfix["component"]} {hotfix["fromVersion"]} → {hotfix["toVersion"]}, {hotfix["fixes"]!.AsArray().Count} CVEs …");
            await publishing.PublishHotfix(i);
        }
        story.Tell("Installing nginx …");
        var installed = Finish(await world.Fleet(["instance", "apply", Instance, "--image", publishing.Image, "--patch", "first", "--publish", $"{Port}:https", "--bake", "2s", "--wait"]));
        story.Expect(installed == Committed, $"the installation was to end committed, and ended {installed}");
        story.Tell($"nginx answers at https://127.0.0.1:{Port}/, old libraries mapped {OldMaps()} times");
        story.Expect(OldMaps() > 0, "nginx maps the library that will be replaced");
    }

    private async Task Heal(LoadClient load)
    {
        await story.Play("hotfix", good: true, load, Committed, async () => await Hotfix(0));
        story.Facts["secondsToVerified"] = SecondsToVerified(_changes[^1]);
        ExpectNoOldMaps("after the hotfix");

        await story.Play("rollback cold", good: true, load, RolledBack, RollBack);
        story.Facts["rollbackColdMs"] = RollbackMs(warm: false);

        await story.Play("hotfix kept warm, rollback warm", good: true, load, RolledBack, async () =>
        {
            var change = (await world.Must(["instance", "apply", Instance, "--image", publishing.Image, "--patch", Publishing.HotfixId(0), "--bake", "2s", "--keep-old", "60s"])).Json;
            await UntilPhase(change, "APPLIED");
            return await RollBack();
        });
        story.Facts["rollbackWarmMs"] = RollbackMs(warm: true);

        await story.Play("hotfix again", good: true, load, Committed, async () => await Hotfix(0));
        ExpectNoOldMaps("after the second hotfix");
    }

    private async Task ComeAndGo(LoadClient load)
    {
        await story.Play("layered update", good: true, load, Committed, () => Apply("next"));
        await ExpectInForce("next", "after the layered update");
        await story.Play("rollback of the layered update", good: true, load, RolledBack, RollBack);
        await ExpectInForce("first", "after its rollback");
        await story.Play("bad patch, taken back by itself", good: false, load, RolledBack, () => Apply("bad", "--bake", "8s"));
        story.Expect(_changes[^1]["byAgent"]?.GetValue<bool>() == true, "the agent took the bad patch back by itself");
        await ExpectInForce("first", "after the bad patch");
    }

    private async Task Survive(LoadClient load)
    {
        await story.Play("agent killed in mid-change", good: true, load, Committed, async () =>
        {
            var change = (await world.Must(["instance", "apply", Instance, "--image", publishing.Image, "--patch", "next", "--bake", "3s"])).Json;
            await UntilPhase(change, "PREPARED");
            story.Tell("  killing the agent");
            await world.KillAgent(Resource);
            world.StartAgent(Resource);
            return await End(change);
        });
        await story.Play("engine killed in mid-change", good: true, load, Committed, async () =>
        {
            var last = publishing.Hotfixes.Count - 1;
            var change = (await world.Must(["instance", "apply", Instance, "--image", publishing.Image, "--patch", Publishing.HotfixId(last), "--bake", "3s"])).Json;
            await UntilPhase(change, "PREPARED");
            story.Tell("  killing the engine");
            await world.KillEngine();
            await world.StartEngine();
            return await End(change);
        });
    }

    private async Task Conclude()
    {
        var verified = (await world.Fleet("audit", "verify")).Json;
        var facts = story.Facts;
        facts["instances"] = 1;
        facts["mapsOfOldLibrary"] = OldMaps();
        facts["directivesAppliedTwice"] = await SlotsBuilt() - _slotsExpected;
        facts["auditRecords"] = long.Parse(verified["records"]!.GetValue<string>());
        facts["auditVerified"] = verified["valid"]!.GetValue<bool>();

        ExpectNoOldMaps("at the end");
        story.Expect(facts["directivesAppliedTwice"]!.GetValue<int>() == 0, "no directive was applied twice");
        story.Expect(facts["auditVerified"]!.GetValue<bool>(), "the audit chain verifies");
        story.Expect(facts["rollbackWarmMs"]!.GetValue<double>() is > 0 and <= 500, "a warm rollback takes at most 500 ms");
        story.Expect(facts["rollbackColdMs"]!.GetValue<double>() is > 0 and <= 3000, "a cold rollback takes at most 3 s");
    }

    private Task<string> Hotfix(int number) => Apply(Publishing.HotfixId(number));

    private async Task<string> Apply(string patch, params string[] options) =>
        Finish(await world.Fleet(["instance", "apply", Instance, "--image", publishing.Image, "--patch", patch, "--wait", .. options.Length > 0 ? options : ["--bake", "2s"]]));

    private async Task<string> RollBack() => Finish(await world.Fleet("instance", "rollback", Instance, "--reason", "demonstration", "--wait"));

    private async Task UntilPhase(JsonNode change, string phase) =>
        await world.Follow(Instance, $"the change is {phase}", Within, seen => Id(seen["change"]) == Id(change) && Reached(seen["change"]!, phase));

    private async Task<string> End(JsonNode change)
    {
        var seen = await world.Follow(Instance, "the change has ended", Within, s => Id(s["change"]) == Id(change) && s["change"]!["ended"] is not null);
        return Note(seen["change"]!);
    }

    private string Finish(Ended ended) => ended.Output.Length > 0 ? Note(ended.Json) : throw new InvalidOperationException(ended.Errors);

    // The device numbers the slots that it builds: each change that was applied built one, each cold way back one more.
    private string Note(JsonNode change)
    {
        _changes.Add(change);
        var (outcome, undoes) = (Phase(change), change["undoes"]?.GetValue<string>() is { Length: > 0 });
        var forward = Reached(change, "APPLIED") && !undoes;
        var back = outcome == RolledBack && (forward || undoes) && change["rollbackWarm"]?.GetValue<bool>() != true;
        _slotsExpected += (forward ? 1 : 0) + (back ? 1 : 0);
        return outcome == Committed && undoes ? RolledBack : outcome;
    }

    private async Task<int> SlotsBuilt() => (await world.Must("instance", "show", Instance)).Json["slots"]!.AsArray()
        .Max(slot => int.Parse(slot!["id"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture));

    private double RollbackMs(bool warm)
    {
        story.Expect(_changes[^1]["rollbackWarm"]!.GetValue<bool>() == warm, $"the rollback was {(warm ? "warm" : "cold")}");
        return Math.Round(_changes[^1]["rollbackMs"]!.GetValue<double>(), 1);
    }

    private static double SecondsToVerified(JsonNode change) => Math.Round((
        change["history"]!.AsArray().First(h => Phase(h!) == "verified")!["at"]!.GetValue<DateTimeOffset>() - change["requested"]!.GetValue<DateTimeOffset>()).TotalSeconds, 2);

    private async Task ExpectInForce(string which, string when)
    {
        var observed = (await world.Must("instance", "show", Instance)).Json["observed"];
        story.Expect(observed?["version"]?.GetValue<string>() == publishing.Version(which), $"{when} {publishing.Version(which)} runs");
        story.Expect(observed?["hotfixes"]?.AsArray().Count == 1, $"{when} the hotfix is in force");
        ExpectNoOldMaps(when);
    }

    private void ExpectNoOldMaps(string when) => story.Expect(OldMaps() == 0, $"no process maps the old library {when}");

    private int OldMaps() => LibraryMaps.Count(LibraryMaps.InCgroup($"/{Scope}/"), publishing.OldLibraries);

    private static bool Reached(JsonNode change, string phase) =>
        Phase(change) == Word(phase) || change["history"]!.AsArray().Any(h => Phase(h!) == Word(phase));

    private static string Id(JsonNode? change) => change?["id"]?.GetValue<string>() ?? "";

    private static string Phase(JsonNode node) => Word(node["phase"]!.GetValue<string>());

    private static string Word(string phase) => phase.Replace("CHANGE_PHASE_", "", StringComparison.Ordinal).Replace('_', ' ').ToLowerInvariant();
}
