using Fleet.Fakes;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Cli;

public sealed class SchedulingTests
{
    [Fact]
    public async Task A_freeze_asks_for_exactly_what_was_said()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("freeze create --select app=shop --select zone=eu --valid-for 8h --id night --reason quiet"));

        Assert.Equal(
            new CreateFreezeRequest { Freeze = "night", Labels = { ["app"] = "shop", ["zone"] = "eu" }, Reason = "quiet", ValidFor = Duration.FromTimeSpan(TimeSpan.FromHours(8)) },
            Assert.Single(engine.Fleet.Asked));
        Golden.Equal(
            """
            freeze  night
            holds   app=shop zone=eu
            reason  quiet
            since   - by admin
            until   -
            """, fleet.Out);
    }

    [Fact]
    public async Task A_freeze_without_labels_is_for_the_whole_fleet_and_gets_an_id()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("freeze create"));

        var asked = Assert.IsType<CreateFreezeRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Empty(asked.Labels);
        Assert.NotEmpty(asked.Freeze);
        Assert.Null(asked.ValidFor);
        Assert.Contains("the whole fleet", fleet.Out);
    }

    [Fact]
    public async Task Freezes_are_listed_and_lifted()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Freezes["a"] = new Freeze { Id = "a", Reason = "audit", By = "eve", Since = Sample.At(0), Until = Sample.At(3600) };
        engine.Fleet.Freezes["b"] = new Freeze { Id = "b", Labels = { ["app"] = "shop" }, By = "admin", Since = Sample.At(1), Until = Sample.At(60), Lifted = Sample.At(30), LiftedBy = "eve" };
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("freeze list"));
        Golden.Equal(
            """
            FREEZE  HOLDS            SINCE                 BY     UNTIL                 LIFTED                REASON
            a       the whole fleet  2026-05-04 12:00:00Z  eve    2026-05-04 13:00:00Z  -                     audit
            b       app=shop         2026-05-04 12:00:01Z  admin  2026-05-04 12:01:00Z  2026-05-04 12:00:30Z  -
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("freeze lift a --reason done"));
        Assert.Contains(new LiftFreezeRequest { Freeze = "a", Reason = "done" }, engine.Fleet.Asked);
        Assert.Equal(Exit.Good, await fleet.Run("freeze list --active"));
        Golden.Equal("none", fleet.Out);
        Assert.Equal(Exit.NotFound, await fleet.Run("freeze lift c"));
    }

    [Fact]
    public async Task A_budget_is_set_and_shown_with_who_uses_it()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("budget set shop 2 --reason peak"));
        Assert.Equal(new SetBudgetRequest { Application = "shop", MaxOutOfService = 2, Reason = "peak" }, Assert.Single(engine.Fleet.Asked));

        engine.Fleet.Budgets["shop"].Out.Add(new OutOfService { Resource = "web-1", Instance = "nginx", Rollout = "r1", Until = Sample.At(60) });
        engine.Fleet.Budgets["shop"].OutTotal = 1;
        Assert.Equal(Exit.Good, await fleet.Run("budget show shop"));
        Golden.Equal(
            """
            application  shop
            budget       2 out of service at once
            out now      1

            Out of service
            INSTANCE     ROLLOUT  UNTIL
            web-1/nginx  r1       2026-05-04 12:01:00Z
            """, fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("budget show another"));
        Assert.Contains("none: waves alone", fleet.Out);
    }
}
