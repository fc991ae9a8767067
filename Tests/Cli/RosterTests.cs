using Fleet.Fakes;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

public sealed class RosterTests
{
    [Fact]
    public async Task Instances_are_listed_by_labels()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("instance list --select app=shop"));
        Golden.Equal(
            """
            INSTANCE     HEALTH   RUNS                                            LABELS            CHANGE  LAST REPORT
            web-1/nginx  healthy  web 1.22.1-9 + pkg:deb/debian/libssl3 3.0.20-1  app=shop zone=eu  -       2026-05-04 12:01:00Z
            web-2/nginx  healthy  web 1.22.1-9 + pkg:deb/debian/libssl3 3.0.20-1  app=shop zone=us  -       2026-05-04 12:01:00Z
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("instance list --image web --version 1.22.1-9 -o json"));
        Assert.Equal(["web-1", "web-2", "web-3"], fleet.Json().Select(i => i.GetProperty("resource").GetString()));
        var asked = engine.Fleet.Asked.OfType<ListInstancesRequest>().ToArray();
        Assert.Equal(["app=shop"], asked[0].Labels);
        Assert.Equal(("web", "1.22.1-9"), (asked[^1].Image, asked[^1].Version));
    }

    [Theory]
    [InlineData("tier=front", "app=shop tier=front zone=eu")]
    [InlineData("zone=us", "app=shop zone=us")]
    [InlineData("zone-", "app=shop")]
    [InlineData("zone- app=pay note=a=b", "app=pay note=a=b")]
    [InlineData("app=pay --replace", "app=pay")]
    [InlineData("--replace", "-")]
    [InlineData("", "app=shop zone=eu")]
    public async Task Labels_are_set_one_by_one_or_all_at_once(string given, string then)
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run($"instance label web-1/nginx {given}"));
        Golden.Equal($"instance  web-1/nginx\nlabels    {then}", fleet.Out);
        Assert.Equal(given.Length > 0 ? 1 : 0, engine.Fleet.Asked.OfType<SetLabelsRequest>().Count());
    }

    [Fact]
    public async Task Devices_are_listed()
    {
        await using var engine = await Engine();
        engine.Fleet.Resources["web-1"] = Sample.Resource();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("resource list"));
        Golden.Equal(
            """
            RESOURCE  CONNECTED  LAST SEEN             AGENT  INSTANCES
            web-1     yes        2026-05-04 12:01:00Z  0.1.0  nginx
            """, fleet.Out);
    }

    [Fact]
    public async Task A_device_is_held_and_released()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.NotFound, await fleet.Run("resource release web-1"));
        Assert.Contains("nobody holds 'web-1'", fleet.Error);
        Assert.Equal(Exit.Good, await fleet.Run("resource hold web-1 --id h1 --valid-for 2h --reason disk"));
        Assert.Contains("held", fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("resource release web-1"));
        Assert.Equal(Exit.Good, await fleet.Run("resource release web-1 h2"));

        var held = Assert.IsType<HoldRequest>(engine.Fleet.Asked.First());
        Assert.Equal(("h1", 7200, "disk"), (held.Hold, held.ValidFor.Seconds, held.Reason));
        Assert.Equal(["h1", "h2"], engine.Fleet.Asked.OfType<ReleaseRequest>().Select(r => r.Hold));
    }

    [Fact]
    public async Task Images_versions_and_patches_are_listed()
    {
        await using var engine = await Engine();
        engine.Fleet.Images["web"] = Sample.Image();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("image list"));
        Golden.Equal(
            """
            IMAGE  VERSIONS  PATCHES
            web    1         1
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("image versions web -o json"));
        Assert.Equal("1.22.1-9", Assert.Single(fleet.Json()).GetProperty("version").GetString());
        Assert.Equal(Exit.Good, await fleet.Run("image patches web"));
        Golden.Equal(
            """
            PATCH        KIND    LEADS TO                                    FIXES          EXPIRES               QUARANTINED
            libssl3-fix  hotfix  pkg:deb/debian/libssl3 3.0.17-1 → 3.0.20-1  CVE-2026-0001  2026-05-05 12:00:00Z  its rollout failed
            """, fleet.Out);
        Assert.Equal(Exit.NotFound, await fleet.Run("image versions other"));
    }

    [Fact]
    public async Task A_patch_is_quarantined_with_a_reason_and_lifted()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Usage, await fleet.Run("patch quarantine web/libssl3-fix"));
        Assert.Equal(Exit.Good, await fleet.Run("patch quarantine web/libssl3-fix --reason crashes"));
        Assert.Contains("crashes", fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("patch lift web/libssl3-fix -o json"));
        Assert.False(fleet.Json()[0].GetProperty("quarantined").GetBoolean());
        Assert.Equal(
            [new QuarantineRequest { Image = "web", Patch = "libssl3-fix", Reason = "crashes" }, new QuarantineRequest { Image = "web", Patch = "libssl3-fix" }],
            engine.Fleet.Asked.OfType<QuarantineRequest>());
    }

    private static async Task<FakeEngine> Engine()
    {
        var engine = await FakeEngine.Start();
        foreach (var (resource, app, zone) in new[] { ("web-1", "shop", "eu"), ("web-2", "shop", "us"), ("web-3", "pay", "eu") })
        {
            var instance = Sample.Instance();
            instance.Resource = resource;
            instance.Labels.Add("app", app);
            instance.Labels.Add("zone", zone);
            engine.Fleet.Set(instance);
        }
        return engine;
    }
}
