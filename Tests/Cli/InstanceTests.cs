using Fleet.Fakes;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

public sealed class InstanceTests
{
    private const string Apply = "instance apply web-1/nginx --image web --patch libssl3-fix";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apply_asks_for_exactly_what_was_said()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run([.. Apply.Split(' '), .. "--publish 8443:https --publish 8080:http --bake 10s --keep-old 30s --deadline 5m --request-id c7 --reason".Split(' '), "a good reason"]));

        var asked = Assert.IsType<ApplyRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Equal(new ApplyRequest
        {
            Resource = "web-1",
            Instance = "nginx",
            RequestId = "c7",
            Image = "web",
            Patch = "libssl3-fix",
            Ports = { new PublishedPort { HostPort = 8443, ServicePort = "https" }, new PublishedPort { HostPort = 8080, ServicePort = "http" } },
            Bake = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(10)),
            KeepOld = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(30)),
            Deadline = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
            Reason = "a good reason",
        }, asked);
    }

    [Fact]
    public async Task What_was_not_said_is_left_to_the_engine()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run(Apply));

        var asked = Assert.IsType<ApplyRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Null(asked.Bake);
        Assert.Null(asked.KeepOld);
        Assert.Null(asked.Deadline);
        Assert.Empty(asked.Ports);
        Assert.NotEmpty(asked.RequestId);
    }

    [Theory]
    [InlineData(ChangePhase.Committed, Exit.Good)]
    [InlineData(ChangePhase.RolledBack, Exit.EndedBadly)]
    [InlineData(ChangePhase.NeedsHuman, Exit.EndedBadly)]
    [InlineData(ChangePhase.Expired, Exit.EndedBadly)]
    [InlineData(ChangePhase.Superseded, Exit.EndedBadly)]
    [InlineData(ChangePhase.Cancelled, Exit.EndedBadly)]
    [InlineData(ChangePhase.Rejected, Exit.EndedBadly)]
    public async Task Waiting_stays_until_the_end_and_exits_by_it(ChangePhase end, int exit)
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => Sample.Change(ChangePhase.Requested);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested)));
        using var fleet = new CommandLine().At(engine);

        var waiting = fleet.Run($"{Apply} --wait -o json", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested, ChangePhase.Admitted)));
        Assert.False(waiting.IsCompleted);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested, ChangePhase.Admitted, end)));

        Assert.Equal(exit, await waiting);
        var change = Assert.Single(fleet.Json());
        Assert.Equal($"CHANGE_PHASE_{Words.Upper(end.ToString())}", change.GetProperty("phase").GetString());
    }

    [Fact]
    public async Task Waiting_tells_each_phase_once_even_those_that_were_passed_unseen()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => Sample.Change(ChangePhase.Requested);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested)));
        using var fleet = new CommandLine().At(engine);

        var waiting = fleet.Run($"{Apply} --wait", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested, ChangePhase.Admitted, ChangePhase.Prepared, ChangePhase.Applied)));
        engine.Fleet.Set(Sample.Instance(Sample.Change(
            ChangePhase.Requested, ChangePhase.Admitted, ChangePhase.Prepared, ChangePhase.Applied, ChangePhase.Effective, ChangePhase.Verified, ChangePhase.Committed)));

        Assert.Equal(Exit.Good, await waiting);
        Golden.Equal(
            """
            2026-05-04 12:00:00Z +   0.0s  requested
            2026-05-04 12:00:01Z +   1.5s  admitted
            2026-05-04 12:00:03Z +   3.0s  prepared
            2026-05-04 12:00:04Z +   4.5s  applied       traffic goes to slot b
            2026-05-04 12:00:06Z +   6.0s  effective
            2026-05-04 12:00:07Z +   7.5s  verified
            2026-05-04 12:00:09Z +   9.0s  committed
            change     c1
            instance   web-1/nginx
            patch      libssl3-fix
            phase      committed
            reason     CVE-2026-0001
            requested  2026-05-04 12:00:00Z by admin
            ended      2026-05-04 12:00:09Z, after 9.0 s
            """, fleet.Out);
    }

    [Fact]
    public async Task A_change_that_is_refused_at_once_exits_badly_without_waiting()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => Sample.Change(ChangePhase.Rejected);
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.EndedBadly, await fleet.Run(Apply));
    }

    [Fact]
    public async Task Going_back_is_the_good_end_of_a_rollback()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Begin = _ => Sample.Change(ChangePhase.RolledBack);
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.RolledBack)));
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("instance rollback web-1/nginx --change c1 --reason worse --wait"));
        var asked = Assert.IsType<RollBackRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Equal(("c1", "worse"), (asked.Change, asked.Reason));
    }

    [Fact]
    public async Task Show_tells_what_an_instance_is_and_how_it_is()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Requested, ChangePhase.Committed)));
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("instance show web-1/nginx"));
        Golden.Equal(
            """
            instance     web-1/nginx
            health       healthy
            runs         web 1.22.1-9 + pkg:deb/debian/libssl3 3.0.20-1
            ports        8443:https
            generation   2
            packages     1
            last report  2026-05-04 12:01:00Z

            Change
            change     c1
            patch      libssl3-fix
            phase      committed
            reason     CVE-2026-0001
            requested  2026-05-04 12:00:00Z by admin
            ended      2026-05-04 12:00:01Z, after 1.5 s

            Slots
            SLOT  TRAFFIC  RUNNING  RUNS                                            PID   CONNECTIONS  STARTED
            b     yes      yes      web 1.22.1-9 + pkg:deb/debian/libssl3 3.0.20-1  4711  3            2026-05-04 12:00:01Z

            Hotfixes in force
            PATCH        COMPONENT               FROM      TO
            libssl3-fix  pkg:deb/debian/libssl3  3.0.17-1  3.0.20-1

            Restore points
            BEFORE CHANGE  GOES BACK TO  MADE
            c1             web 1.22.1-9  2026-05-04 12:00:01Z
            """, fleet.Out);
    }

    [Fact]
    public async Task A_programs_answer_is_the_contracts_JSON_and_nothing_else()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance(Sample.Change(ChangePhase.Committed)));
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("instance show web-1/nginx --output json"));
        Assert.Single(fleet.Json());
        Assert.Equal(Sample.Instance(Sample.Change(ChangePhase.Committed)), Instance.Parser.ParseJson(fleet.Out));
    }

    [Fact]
    public async Task Watch_tells_what_happens_as_it_happens()
    {
        await using var engine = await FakeEngine.Start();
        var first = Sample.Instance();
        first.Observed = Sample.Manifest();
        first.Slots[0].Id = "a";
        engine.Fleet.Set(first);
        using var fleet = new CommandLine().At(engine);

        await Interrupted(engine, fleet, "instance watch web-1/nginx", last: "traffic goes to slot b");

        Golden.Equal(
            """
            2026-05-04 12:00:00Z           runs          web 1.22.1-9
            2026-05-04 12:00:00Z           healthy
            2026-05-04 12:00:00Z           traffic       goes to slot a
            2026-05-04 12:00:00Z           runs          web 1.22.1-9 + pkg:deb/debian/libssl3 3.0.20-1
            2026-05-04 12:00:00Z           unhealthy     no answer from port https
            2026-05-04 12:00:00Z           traffic       goes to slot b
            2026-05-04 12:00:00Z +   0.0s  requested
            2026-05-04 12:00:01Z +   1.5s  applied       traffic goes to slot b
            """, fleet.Out);
    }

    [Fact]
    public async Task Watch_gives_a_program_one_object_on_each_line()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance());
        using var fleet = new CommandLine().At(engine);

        await Interrupted(engine, fleet, "instance watch web-1/nginx -o json", last: "HEALTH_UNHEALTHY");

        Assert.Equal(["HEALTH_HEALTHY", "HEALTH_UNHEALTHY"], fleet.Json().Select(i => i.GetProperty("health").GetString()));
    }

    // One more state, then, when that was told, the end.
    private static async Task Interrupted(FakeEngine engine, CommandLine fleet, string line, string last)
    {
        using var interrupt = new CancellationTokenSource();
        fleet.Said = text => { if (text.Contains(last)) interrupt.Cancel(); };
        var watching = fleet.Run(line, interrupt.Token);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        var next = Sample.Instance(Sample.Change(ChangePhase.Requested, ChangePhase.Applied));
        (next.Health, next.HealthDetail) = (Health.Unhealthy, "no answer from port https");
        engine.Fleet.Set(next);
        Assert.Equal(Exit.Interrupted, await watching);
    }
}
