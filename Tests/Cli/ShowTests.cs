using Fleet.Fakes;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

public sealed class ShowTests
{
    [Fact]
    public async Task A_device_is_shown_with_what_is_known_of_it()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("resource show web-1"));
        Golden.Equal(
            """
            resource     web-1
            connected    yes
            last seen    2026-05-04 12:01:00Z
            agent        0.1.0
            system       Debian GNU/Linux 12 (bookworm), 6.1.0, x86_64
            clock        -1.5 s against the engine
            cpu          12.5 %
            memory       512.0 MiB
            disk         10.0 GiB free of 20.0 GiB
            packages     0
            directives   0 pending
            certificate  expires 2026-05-05 12:00:00Z
            instances    nginx
            """, fleet.Out);
    }

    [Fact]
    public async Task An_image_is_shown_with_its_versions_and_patches()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("image show web"));
        Golden.Equal(
            $"""
            image  web

            Versions
            VERSION   COMPONENTS  PUBLISHED             DIGEST                                                                   QUARANTINED
            1.22.1-9  1           2026-05-04 12:00:00Z  sha256:{new string('a', 64)}  -

            Patches
            PATCH        KIND    LEADS TO                                    FIXES          EXPIRES               QUARANTINED
            libssl3-fix  hotfix  pkg:deb/debian/libssl3 3.0.17-1 → 3.0.20-1  CVE-2026-0001  2026-05-05 12:00:00Z  its rollout failed
            """, fleet.Out);
    }

    [Fact]
    public async Task A_patch_is_shown_by_image_and_id()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("patch show web/libssl3-fix"));
        Golden.Equal(
            $"""
            patch        web/libssl3-fix
            kind         hotfix
            leads to     pkg:deb/debian/libssl3 3.0.17-1 → 3.0.20-1
            fixes        CVE-2026-0001
            issued       2026-05-04 12:00:00Z
            expires      2026-05-05 12:00:00Z
            signed by    {new string('b', 64)}
            quarantined  its rollout failed
            """, fleet.Out);
        Assert.Equal(Exit.NotFound, await fleet.Run("patch show web/another"));
    }

    [Fact]
    public async Task A_token_is_shown_once()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("token web-1 --valid-for 1h"));
        Golden.Equal(
            """
            resource  web-1
            token     web-1.secret.print
            expires   2030-01-01 01:00:00Z
            """, fleet.Out);
        Assert.Equal(3600, Assert.IsType<CreateEnrolmentTokenRequest>(Assert.Single(engine.Fleet.Asked)).ValidFor.Seconds);
    }

    [Fact]
    public async Task The_audit_is_shown_whole_page_after_page()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("audit web-1/nginx"));
        Golden.Equal(
            """
            AT                    WHO    DID        TO           OUTCOME  WHY
            2026-05-04 12:00:01Z  admin  requested  web-1/nginx  -        CVE-2026-0001
            2026-05-04 12:00:02Z  admin  applied    web-1/nginx  -        CVE-2026-0001
            2026-05-04 12:00:04Z  admin  committed  web-1/nginx  good     CVE-2026-0001
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("audit -o json"));
        Assert.Equal(["1", "2", "3", "4"], fleet.Json().Select(r => r.GetProperty("number").GetString()));
    }

    [Fact]
    public async Task A_broken_chain_is_a_failed_check()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("audit verify -o json"));
        Assert.True(fleet.Json()[0].GetProperty("valid").GetBoolean());
        engine.Fleet.Verification = new VerifyResponse { Valid = false, Records = 4, Detail = "shard 0 breaks at record 3" };
        Assert.Equal(Exit.EndedBadly, await fleet.Run("audit verify"));
        Golden.Equal(
            """
            audit    not valid
            records  4
            detail   shard 0 breaks at record 3
            """, fleet.Out);
    }

    [Theory]
    [InlineData("resource show web-1")]
    [InlineData("image show web")]
    [InlineData("patch show web/libssl3-fix")]
    [InlineData("token web-1")]
    [InlineData("audit")]
    [InlineData("audit verify")]
    [InlineData("instance show web-1/nginx")]
    [InlineData("instance apply web-1/nginx --image web --patch libssl3-fix")]
    [InlineData("instance rollback web-1/nginx")]
    [InlineData("login")]
    [InlineData("rollout start --image web --patch libssl3-fix")]
    [InlineData("rollout plan --image web --patch libssl3-fix")]
    [InlineData("rollout list")]
    [InlineData("rollout show r1")]
    [InlineData("rollout targets r1")]
    [InlineData("rollout watch r1")]
    [InlineData("rollout pause r1")]
    [InlineData("rollout rollback r1")]
    [InlineData("freeze create")]
    [InlineData("freeze list")]
    [InlineData("freeze lift night")]
    [InlineData("budget set shop 1")]
    [InlineData("budget show shop")]
    [InlineData("instance list")]
    [InlineData("instance label web-1/nginx app=shop")]
    [InlineData("instance label web-1/nginx")]
    [InlineData("resource list")]
    [InlineData("resource hold web-1")]
    [InlineData("image list")]
    [InlineData("image versions web")]
    [InlineData("image patches web")]
    [InlineData("patch quarantine web/libssl3-fix --reason bad")]
    [InlineData("patch lift web/libssl3-fix")]
    public async Task Every_answer_for_a_program_is_JSON(string line)
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run($"{line} --output json"));
        Assert.NotEmpty(fleet.Json());
        Assert.Empty(fleet.Error);
    }

    [Fact]
    public async Task Fields_at_their_default_are_there_for_a_program()
    {
        await using var engine = await Engine();
        engine.Fleet.Resources["web-1"].Connected = false;
        using var fleet = new CommandLine().At(engine);

        await fleet.Run("resource show web-1 -o json");
        Assert.False(fleet.Json()[0].GetProperty("connected").GetBoolean());
    }

    [Fact]
    public async Task Colours_are_for_terminals_whose_owner_wants_them()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        await fleet.Run("instance show web-1/nginx");
        Assert.DoesNotContain('\u001b', fleet.Out);
        fleet.Columns = 200;
        await fleet.Run("instance show web-1/nginx");
        Assert.Contains('\u001b', fleet.Out);
        fleet.Environment["NO_COLOR"] = "1";
        await fleet.Run("instance show web-1/nginx");
        Assert.DoesNotContain('\u001b', fleet.Out);
    }

    private static async Task<FakeEngine> Engine()
    {
        var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance());
        engine.Fleet.Resources["web-1"] = Sample.Resource();
        engine.Fleet.Images["web"] = Sample.Image();
        engine.Fleet.Set(RolloutSample.Succeeded());
        engine.Fleet.Targets.Add(new Target { Resource = "web-1", Instance = "nginx", Wave = 1 });
        engine.Fleet.Freezes["night"] = new Freeze { Id = "night" };
        engine.Fleet.Audit.AddRange([Sample.Record(1, "requested"), Sample.Record(2, "applied"), Sample.Record(3, "enrolled", "web-2"), Sample.Record(4, "committed")]);
        return engine;
    }
}
