using Fleet.Audit;
using Fleet.Committing;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;
using Fleet.Telemetry;
using Fleet.Tests.Instances;

namespace Fleet.Tests.Telemetry;

public sealed class FleetInstrumentsTests : IDisposable
{
    private static readonly DateTimeOffset Noon = Sample.Noon;
    private readonly Figures figures = new();

    public void Dispose() => figures.Dispose();

    [Fact]
    public void Changes_rollbacks_and_directives_are_counted_by_what_they_are()
    {
        figures.Instruments.Changed(Story.Installed().Last with
        {
            Phase = ChangePhase.RolledBack,
            ByAgent = true,
            RollbackWarm = true,
            RollbackTook = TimeSpan.FromSeconds(0.25),
            Requested = Noon,
            Ended = Noon.AddSeconds(90),
        });
        figures.Instruments.Directed(DirectiveKind.RollBack);

        Assert.Equal(
            ["fleet.changes 1 phase=ROLLED_BACK", "fleet.change.duration 90 outcome=ROLLED_BACK", "fleet.rollbacks 1 by=agent warm=True", "fleet.rollback.duration 0.25 warm=True", "fleet.directives 1 kind=ROLL_BACK"],
            figures.Seen);
    }

    [Fact]
    public void A_change_or_rollout_under_way_has_no_duration_yet()
    {
        figures.Instruments.Changed(Story.Installed().Last with { Phase = ChangePhase.Applied, Ended = null });
        figures.Instruments.Entered(RolloutPhase.Halted, Noon, Noon.AddMinutes(1));
        figures.Instruments.Entered(RolloutPhase.Succeeded, Noon, Noon.AddMinutes(2));

        Assert.Equal(
            ["fleet.changes 1 phase=APPLIED", "fleet.rollouts 1 phase=HALTED", "fleet.rollouts 1 phase=SUCCEEDED", "fleet.rollout.duration 120 outcome=SUCCEEDED"],
            figures.Seen);
    }

    [Fact]
    public void Permits_are_counted_by_what_the_scheduler_answered()
    {
        var held = Scheduler.Hold(Scheduler.Admit(new(), new("r", Lane.Ordinary, 0, Noon)), "r");

        figures.Instruments.Asked(Scheduler.Permit(held, "r", Noon, 1, Noon));
        figures.Instruments.Asked(Scheduler.Permit(new(), "r", Noon, 1, Noon));

        Assert.Equal(["fleet.permits 1 outcome=HELD", "fleet.permits 1 outcome=NOT_ADMITTED"], figures.Seen);
    }

    [Fact]
    public async Task Effects_are_counted_as_they_arrive_and_as_they_do_not()
    {
        var door = new Door();
        var outlet = new MeasuredOutlet(door, figures.Instruments);
        var record = new Effect.Record(new AuditEntry { Id = "1", At = Noon, Actor = "ada", Action = "a", Subject = "s" });

        await outlet.Send(record);
        await outlet.WakeAt(default, Noon);
        door.Shut = true;
        await Assert.ThrowsAsync<TimeoutException>(() => outlet.Send(record));
        await Assert.ThrowsAsync<TimeoutException>(() => outlet.Send(new Effect.Withdraw("edge-1", "d")));
        await Assert.ThrowsAsync<TimeoutException>(() => outlet.WakeAt(default, Noon));

        Assert.Equal(
            ["fleet.effects 1 effect=record", "fleet.audit.records 1", "fleet.effects.failed 1 effect=record", "fleet.effects.failed 1 effect=withdraw", "fleet.wakeups.failed 1"],
            figures.Seen);
    }

    [Fact]
    public void Zeros_are_shown_for_every_phase_outcome_and_kind()
    {
        figures.Instruments.ShowZeros();

        Assert.All(figures.Seen, figure => Assert.Contains(" 0", figure, StringComparison.Ordinal));
        Assert.Equal(
            (15, 13, Enum.GetValues<PermitOutcome>().Length, 10, 10),
            (Of("fleet.changes "), Of("fleet.rollouts "), Of("fleet.permits "), Of("fleet.effects "), Of("fleet.effects.failed ")));

        int Of(string name) => figures.Seen.Count(figure => figure.StartsWith(name, StringComparison.Ordinal));
    }

    private sealed class Door : IOutlet
    {
        public bool Shut { get; set; }

        public Task Send(Effect effect) => Pass();

        public Task WakeAt(GrainId self, DateTimeOffset at) => Pass();

        public Task Awake(GrainId self, DateTimeOffset now) => Pass();

        private Task Pass() => Shut ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
    }
}
