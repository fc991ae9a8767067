using Fleet.Fakes;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Cli;

public sealed class RolloutTests
{
    private const string Start = "rollout start --image web --patch libssl3-fix --id r1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_asks_for_exactly_what_was_said()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run([
            .. Start.Split(' '), .. ("--select app=shop --select tier=front --version 1.22.1-9 --version 1.24 --component pkg:deb/debian/libssl3@3.0.17-1 "
                + "--instance web-1/nginx --instance web-2/nginx --except web-3/nginx --waves 20,60,100 --no-canary --bake 5s --wave-bake 7s --keep-old 30s --deadline 3m "
                + "--failures-allowed 2 --lane emergency --priority -7 --keep-on-failure --offline-grace 1m --catch-up 2d --reason").Split(' '), "a good reason"]));

        var asked = Assert.IsType<CreateRolloutRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Equal(new CreateRolloutRequest
        {
            Rollout = "r1",
            Spec = new RolloutSpec
            {
                Image = "web",
                Patch = "libssl3-fix",
                Selector = new Selector
                {
                    Versions = { "1.22.1-9", "1.24" },
                    Component = "pkg:deb/debian/libssl3@3.0.17-1",
                    Labels = { ["app"] = "shop", ["tier"] = "front" },
                    Instances = { "web-1/nginx", "web-2/nginx" },
                    Except = { "web-3/nginx" },
                },
                Waves = { 20, 60, 100 },
                NoCanary = true,
                Bake = Seconds(5),
                WaveBake = Seconds(7),
                KeepOld = Seconds(30),
                ChangeDeadline = Seconds(180),
                FailuresAllowed = 2,
                Lane = Lane.Emergency,
                Priority = -7,
                KeepOnFailure = true,
                OfflineGrace = Seconds(60),
                CatchUp = Seconds(2 * 86_400),
                Reason = "a good reason",
            },
        }, asked);
    }

    [Fact]
    public async Task What_was_not_said_is_left_to_the_engine()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("rollout start --image web --patch libssl3-fix"));

        var asked = Assert.IsType<CreateRolloutRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Equal(new RolloutSpec { Image = "web", Patch = "libssl3-fix", Selector = new Selector() }, asked.Spec);
        Assert.Matches("^libssl3-fix-[a-z2-9]{6}$", asked.Rollout);
    }

    [Fact]
    public async Task Plan_asks_what_start_would_ask_and_shows_who_is_meant_and_why()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Plan = RolloutSample.Plan();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("rollout plan --image web --patch libssl3-fix --waves 100 --id r1"));

        var asked = Assert.IsType<PlanRolloutRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Equal([100u], asked.Spec.Waves);
        Assert.Equal("r1", asked.Rollout);
        Golden.Equal(
            """
            plan        can start
            as rollout  r1
            targets     2
            left out    1
            waits for   freeze night: no changes at night

            Waves
            WAVE  SIZE  CUMULATIVE  REASON
            1     1     1           canary
            2     1     2           100 %

            Instances
            INSTANCE     WAVE      REASON
            web-1/nginx  1         runs 1.22.1-9
            web-2/nginx  2         runs 1.22.1-9
            web-3/nginx  left out  has the fix already
            """, fleet.Out);
    }

    [Fact]
    public async Task A_plan_that_could_not_be_started_exits_1_with_the_reason()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Plan = new RolloutPlan { Refusal = "PATCH_QUARANTINED", RefusalDetail = "its rollout r0 failed" };
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.EndedBadly, await fleet.Run("rollout plan --image web --patch libssl3-fix"));
        Assert.Contains("PATCH_QUARANTINED: its rollout r0 failed", fleet.Out);
    }

    [Fact]
    public async Task Watch_tells_what_changed_line_by_line_where_no_terminal_reads()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.First());
        using var fleet = new CommandLine().At(engine);

        var watching = fleet.Run("rollout watch r1", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(RolloutSample.Second());
        engine.Fleet.Set(RolloutSample.Succeeded());

        Assert.Equal(Exit.Good, await watching);
        Golden.Equal(
            """
            2026-05-04 12:00:00Z +   0.0s  wave 1         of 3, 1 instance: 1 dispatched
            2026-05-04 12:00:00Z +   0.0s  dispatching
            2026-05-04 12:00:00Z +   0.0s  wave 1         of 3, 1 instance: 1 verified
            2026-05-04 12:00:00Z +   0.0s  pass           wave 1
            2026-05-04 12:00:00Z +   0.0s  wave 2         of 3, 1 instance: 1 dispatched
            2026-05-04 12:00:00Z +   0.0s  wave 2         of 3, 1 instance: 1 verified
            2026-05-04 12:00:00Z +   0.0s  pass           wave 2
            2026-05-04 12:00:00Z +   0.0s  wave 3         of 3, 3 instances: 3 verified
            2026-05-04 12:00:00Z +   0.0s  pass           wave 3
            2026-05-04 12:00:00Z +   0.0s  succeeded
            rollout    r1
            patch      web/libssl3-fix
            phase      succeeded
            wave       3 of 3
            targets    5: 5 verified
            reason     CVE-2026-0001
            requested  2026-05-04 12:00:00Z by admin
            ended      2026-05-04 12:00:30Z, after 30.0 s

            Waves
            WAVE  SIZE  VERDICT  TARGETS     OPENED                JUDGED                REASON
            1     1     pass     1 verified  2026-05-04 12:00:00Z  2026-05-04 12:00:09Z  -
            2     1     pass     1 verified  2026-05-04 12:00:10Z  2026-05-04 12:00:19Z  -
            3     3     pass     3 verified  2026-05-04 12:00:20Z  2026-05-04 12:00:29Z  -
            """, fleet.Out);
    }

    [Theory]
    [InlineData(RolloutPhase.Succeeded, Exit.Good)]
    [InlineData(RolloutPhase.RolledBack, Exit.EndedBadly)]
    [InlineData(RolloutPhase.Stopped, Exit.EndedBadly)]
    [InlineData(RolloutPhase.NeedsHuman, Exit.EndedBadly)]
    [InlineData(RolloutPhase.Refused, Exit.EndedBadly)]
    public async Task A_started_rollout_is_watched_until_its_end_and_exits_by_it(RolloutPhase end, int exit)
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.BeginRollout = _ => RolloutSample.First();
        using var fleet = new CommandLine().At(engine);

        var watching = fleet.Run($"{Start} --watch -o json", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        Assert.False(watching.IsCompleted);
        engine.Fleet.Set(RolloutSample.Rollout(end));

        Assert.Equal(exit, await watching);
        Assert.Equal(["ROLLOUT_PHASE_DISPATCHING", $"ROLLOUT_PHASE_{Words.Upper(end.ToString())}"], fleet.Json().Select(r => r.GetProperty("phase").GetString()));
    }

    [Theory]
    [InlineData("stop", RolloutPhase.Stopped)]
    [InlineData("kill", RolloutPhase.Stopped)]
    [InlineData("rollback", RolloutPhase.RolledBack)]
    [InlineData("retry", RolloutPhase.Succeeded)]
    [InlineData("pause", RolloutPhase.Succeeded)]
    [InlineData("resume", RolloutPhase.Succeeded)]
    public async Task What_was_wanted_is_a_good_end(string verb, RolloutPhase end)
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.First());
        using var fleet = new CommandLine().At(engine);

        var watching = fleet.Run($"rollout {verb} r1 --reason because --follow -o json", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(RolloutSample.Rollout(end));

        Assert.Equal(Exit.Good, await watching);
        Assert.Equal(new ControlRolloutRequest { Rollout = "r1", Reason = "because" }, Assert.Single(engine.Fleet.Asked));
        Assert.Contains(engine.Calls, path => path.EndsWith($"/{verb}", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_rollout_that_could_not_judge_waits_for_a_person_too()
    {
        await using var engine = await FakeEngine.Start();
        var paused = RolloutSample.Rollout(RolloutPhase.Paused, 1, "wave 1: nothing was seen");
        paused.Reason = "INCONCLUSIVE";
        engine.Fleet.Set(paused);
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.EndedBadly, await fleet.Run("rollout watch r1", Cancel));
        Assert.Contains("'fleet rollout resume r1'", fleet.Error);
    }

    [Fact]
    public async Task A_rollout_that_waits_for_a_person_ends_the_watch_with_what_to_do()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.Halted());
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.EndedBadly, await fleet.Run("rollout watch r1", Cancel));
        Assert.Contains("rollout r1 waits for a person: 1 of 1 failed, more than 0", fleet.Error);
        Assert.Contains("'fleet rollout retry r1'", fleet.Error);
    }

    [Fact]
    public async Task A_rollout_whose_engine_vanished_goes_on_and_how_to_look_is_said()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.BeginRollout = _ => RolloutSample.First();
        using var fleet = new CommandLine().At(engine);

        var watching = fleet.Run($"{Start} --watch", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        fleet.Time.AutoAdvanceAmount = TimeSpan.FromMinutes(1);
        await engine.Stop();

        Assert.Equal(Exit.Unreachable, await watching);
        Assert.Contains("the rollout goes on without you: 'fleet rollout show r1'", fleet.Error);
        await engine.Restart();
    }

    [Fact]
    public async Task Show_tells_why_it_ended_and_how_each_wave_did()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.RolledBack());
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("rollout show r1"));
        Golden.Equal(
            """
            rollout     r1
            patch       web/libssl3-fix
            phase       rolled back
            because     FAILURES
            detail      1 of 1 failed, more than 0
            wave        1 of 3
            targets     5: 1 rolled back, 4 untouched
            reason      CVE-2026-0001
            requested   2026-05-04 12:00:00Z by admin
            held since  2026-05-04 12:00:04Z
            ended       2026-05-04 12:00:06Z, after 6.0 s
            rollback    took 1.5 s

            Waves
            WAVE  SIZE  VERDICT  TARGETS        OPENED                JUDGED                REASON
            1     1     fail     1 rolled back  2026-05-04 12:00:00Z  2026-05-04 12:00:04Z  1 of 1 failed, more than 0
            2     1     -        1 untouched    -                     -                     -
            3     3     -        3 untouched    -                     -                     -
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("rollout show r1 -o json"));
        Assert.Equal(RolloutSample.RolledBack(), Rollout.Parser.ParseJson(fleet.Out));
        Assert.Equal(Exit.NotFound, await fleet.Run("rollout show r2"));
    }

    [Fact]
    public async Task List_shows_all_pages_newest_first()
    {
        await using var engine = await FakeEngine.Start();
        for (var i = 1; i <= 5; i++)
        {
            var rollout = i == 2 ? RolloutSample.First() : RolloutSample.Succeeded();
            rollout.Id = $"r{i}";
            engine.Fleet.Set(rollout);
        }
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("rollout list"));
        Golden.Equal(
            """
            ROLLOUT  PATCH            PHASE        WAVE    TARGETS                  REQUESTED             DETAIL
            r5       web/libssl3-fix  succeeded    3 of 3  5 verified               2026-05-04 12:00:00Z  -
            r4       web/libssl3-fix  succeeded    3 of 3  5 verified               2026-05-04 12:00:00Z  -
            r3       web/libssl3-fix  succeeded    3 of 3  5 verified               2026-05-04 12:00:00Z  -
            r2       web/libssl3-fix  dispatching  1 of 3  1 dispatched, 4 pending  2026-05-04 12:00:00Z  -
            r1       web/libssl3-fix  succeeded    3 of 3  5 verified               2026-05-04 12:00:00Z  -
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("rollout list --active -o json"));
        Assert.Equal("r2", Assert.Single(fleet.Json()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Targets_are_listed_with_their_reasons_and_can_be_asked_for_by_state()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.First());
        engine.Fleet.Targets.AddRange(
        [
            new Target { Resource = "web-1", Instance = "nginx", Wave = 1, State = TargetState.Dispatched, Change = "r1-1", Since = Sample.At(3), Reason = "runs 1.22.1-9" },
            new Target { Resource = "web-2", Instance = "nginx", Wave = 2, State = TargetState.RolledBack, Change = "r1-2", Since = Sample.At(5), Reason = "no answer" },
            new Target { Resource = "web-3", Instance = "nginx", State = TargetState.LeftOut, Reason = "runs 1.24" },
        ]);
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("rollout targets r1"));
        Golden.Equal(
            """
            INSTANCE     WAVE  STATE        SINCE                 CHANGE  REASON
            web-1/nginx  1     dispatched   2026-05-04 12:00:03Z  r1-1    runs 1.22.1-9
            web-2/nginx  2     rolled back  2026-05-04 12:00:05Z  r1-2    no answer
            web-3/nginx  -     left out     -                     -       runs 1.24
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("rollout targets r1 --state rolled-back -o json"));
        Assert.Equal("web-2", Assert.Single(fleet.Json()).GetProperty("resource").GetString());
        Assert.Equal(Exit.Good, await fleet.Run("rollout targets r1 --state offline"));
        Golden.Equal("none", fleet.Out);
    }

    private static Duration Seconds(double seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
