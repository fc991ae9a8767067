using System.Reflection;
using Fleet.Audit;
using Fleet.Committing;
using Fleet.Engine.Storage;
using Fleet.Images;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Invocation;
using Orleans.Storage;

namespace Fleet.Simulation.Planted;

/// <summary>Effects on the audit vanish between commit and act, some of the time.</summary>
internal sealed class DroppedEffect : Bug
{
    public override string Name => "effect dropped between commit and act";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Dropping(outlet);

    private sealed class Dropping(IOutlet outlet) : OutletOf(outlet)
    {
        private int sent;

        public override Task Send(Effect effect) => ++sent % 7 == 0 ? Task.CompletedTask : Inner.Send(effect);
    }
}

/// <summary>Nobody is ever woken.</summary>
internal sealed class LostDeadline : Bug
{
    public override string Name => "lost deadline";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Forgetful(outlet);

    private sealed class Forgetful(IOutlet outlet) : OutletOf(outlet)
    {
        public override Task WakeAt(GrainId self, DateTimeOffset at) => Task.CompletedTask;
    }
}

/// <summary>Rollouts are never woken: one that waits for a person does so for ever.</summary>
internal sealed class SleepingRollout : Bug
{
    public override string Name => "lost deadline of a rollout";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Sleepy(outlet, "rollout");
}

/// <summary>Holds of resources are never woken.</summary>
internal sealed class SleepingHold : Bug
{
    public override string Name => "lost deadline of a hold";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Sleepy(outlet, "hold");
}

/// <summary>Grains of one type are never woken.</summary>
internal sealed class Sleepy(IOutlet outlet, string type) : OutletOf(outlet)
{
    public override Task WakeAt(GrainId self, DateTimeOffset at) => self.Type.ToString() == type ? Task.CompletedTask : Inner.WakeAt(self, at);
}

/// <summary>A wake-up is called off as soon as one was answered, whatever still waits.</summary>
internal sealed class EarlyCancel : Bug
{
    public override string Name => "wake-up put off before the write";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Putting(outlet);

    private sealed class Putting(IOutlet outlet) : OutletOf(outlet)
    {
        public override Task WakeAt(GrainId self, DateTimeOffset at) => Inner.WakeAt(self, at + TimeSpan.FromHours(2));
    }
}

/// <summary>An effect that is sent again is recorded as another event.</summary>
internal sealed class SecondTelling : Bug
{
    private int told;

    public override string Name => "late acknowledgement applied twice";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Renaming(outlet, this);

    private sealed class Renaming(IOutlet outlet, SecondTelling bug) : OutletOf(outlet)
    {
        public override Task Send(Effect effect) => Inner.Send(effect is Effect.Record { Entry: var entry }
            ? new Effect.Record(entry with { Id = $"{entry.Id}:{++bug.told}" })
            : effect);
    }
}

/// <summary>A write is acknowledged before it is on the disk: whoever crashes then has promised too much.</summary>
internal sealed class CommitBeforeWrite : Bug
{
    public override string Name => "commit before write";

    public override IGrainStorage Storage(EngineProcess engine, IGrainStorage storage) => new Hasty(engine, storage);

    private sealed class Hasty(EngineProcess engine, IGrainStorage storage) : StorageOf(storage)
    {
        public override Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            if (typeof(T) == typeof(AuditState) || typeof(T) == typeof(Scheduling.DueState)) return Inner.WriteStateAsync(stateName, grainId, grainState);
            var copy = new GrainState<T>(grainState.State, grainState.ETag) { RecordExists = grainState.RecordExists };
            engine.Process.Start(async () =>
            {
                try
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(500), engine.Clock);
                    await Inner.WriteStateAsync(stateName, grainId, copy);
                    grainState.ETag = copy.ETag;
                }
                catch (Exception error) when (error is IOException or InconsistentStateException)
                {
                    // Nobody hears of it any more: that is the bug.
                }
            });
            return Task.CompletedTask;
        }
    }
}

/// <summary>A write that failed is taken for one that succeeded.</summary>
internal sealed class SwallowedFailure : Bug
{
    public override string Name => "failed write taken for a good one";

    public override IGrainStorage Storage(EngineProcess engine, IGrainStorage storage) => new Swallowing(storage);

    private sealed class Swallowing(IGrainStorage storage) : StorageOf(storage)
    {
        public override async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            try
            {
                await Inner.WriteStateAsync(stateName, grainId, grainState);
            }
            catch (IOException)
            {
                // Memory is now ahead of storage.
            }
        }
    }
}

/// <summary>Whoever writes last wins, also when it had read something older.</summary>
internal sealed class UncheckedVersion : Bug
{
    public override string Name => "stale version accepted by storage";

    public override IGrainStorage Storage(EngineProcess engine, IGrainStorage storage) => new Careless(engine, storage);

    private sealed class Careless(EngineProcess engine, IGrainStorage storage) : StorageOf(storage)
    {
        public override Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            grainState.ETag = engine.World.Disk.Find(grainId.ToString(), stateName)?.ETag;
            return Inner.WriteStateAsync(stateName, grainId, grainState);
        }
    }
}

/// <summary>What was to be sent is forgotten when the state is read again.</summary>
internal sealed class ForgottenOutbox : Bug
{
    public override string Name => "outbox forgotten at a restart";

    public override IGrainStorage Storage(EngineProcess engine, IGrainStorage storage) => new Emptying(storage);

    private sealed class Emptying(IGrainStorage storage) : StorageOf(storage)
    {
        public override async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await Inner.ReadStateAsync(stateName, grainId, grainState);
            if (grainState.State is Remembered state) grainState.State = (T)(object)(state with { Outbox = [] });
        }
    }
}

/// <summary>The lease is gone, and the change with it, when the state is read again.</summary>
internal sealed class ForgottenLease : Bug
{
    public override string Name => "lease not checked";

    public override IGrainStorage Storage(EngineProcess engine, IGrainStorage storage) => new Freeing(storage);

    private sealed class Freeing(IGrainStorage storage) : StorageOf(storage)
    {
        public override async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await Inner.ReadStateAsync(stateName, grainId, grainState);
            if (grainState.State is Instances.InstanceState { InFlight: not null } state) grainState.State = (T)(object)(state with { Lease = null });
        }
    }
}

/// <summary>Reminders don't survive a restart.</summary>
internal sealed class LostReminders : Bug
{
    public override string Name => "reminders lost at a restart";

    public override IReminderStore Reminders(IReminderStore reminders) => new Lossy(reminders);

    private sealed class Lossy(IReminderStore reminders) : IReminderStore
    {
        public IReadOnlyList<ReminderRow> All() => [];

        public IReadOnlyList<ReminderRow> Of(string grain) => reminders.Of(grain);

        public ReminderRow? Find(string grain, string name) => reminders.Find(grain, name);

        // Written, and never wound up by anybody.
        public async Task<ReminderRow> Write(ReminderRow row) => await reminders.Write(row) with { Start = row.Start.AddYears(1) };

        public Task<bool> Delete(string grain, string name, long etag) => reminders.Delete(grain, name, etag);
    }
}

/// <summary>The engine decides by deadlines as soon as it has started: its instances believe that they have listened for long.</summary>
internal sealed class ActsAtOnce : Bug
{
    public override string Name => "acts after a restart before one reporting cycle";

    public override void Services(EngineProcess engine, IServiceCollection services) => services.AddSingleton<IIncomingGrainCallFilter>(new Backdating());

    private sealed class Backdating : IIncomingGrainCallFilter
    {
        private static readonly FieldInfo Field = typeof(Instances.InstanceGrain).GetField("sight", BindingFlags.NonPublic | BindingFlags.Instance)!;

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.Grain is Instances.InstanceGrain grain) Field.SetValue(grain, (Instances.Sight)Field.GetValue(grain)! with { Since = DateTimeOffset.UnixEpoch });
            return context.Invoke();
        }
    }
}

/// <summary>Facts are acknowledged to the agent before they are stored.</summary>
internal sealed class EarlyAcknowledgement : Bug
{
    public override string Name => "facts acknowledged before they are stored";

    public override bool TakesBeforeStored(Protocol.V1.AgentMessage message) => message.Sequence > 0;
}

/// <summary>A permit is given to whoever asks.</summary>
internal sealed class PermitForAll : WrongAnswers
{
    public override string Name => "dispatch without a permit";

    protected override object? Instead(IInvokable call, object? answer) =>
        answer is Scheduling.Permit permit ? permit with { Outcome = Scheduling.PermitOutcome.Granted } : answer;
}

/// <summary>Freezes of labels hold nobody.</summary>
internal sealed class FrozenAnyway : WrongAnswers
{
    public override string Name => "freeze of a label not looked at";

    protected override object? Instead(IInvokable call, object? answer) => answer is Scheduling.Permit permit ? permit with { Freezes = [] } : answer;
}

/// <summary>Whoever wants to hold a resource believes that each lease was lent.</summary>
internal sealed class UnaskedLease : WrongAnswers
{
    public override string Name => "lease taken for lent";

    protected override object? Instead(IInvokable call, object? answer) => Only<Instances.LeaseRequest>(call) is null ? answer : true;
}

/// <summary>Every instance gets a slot of the budget, whatever is taken.</summary>
internal sealed class UncheckedBudget : WrongAnswers
{
    public override string Name => "budget not checked";

    protected override object? Instead(IInvokable call, object? answer) => Only<Applications.SlotRequest>(call) is { } request ? request.Instances : answer;
}

/// <summary>Shards say that what they dispatched is verified already.</summary>
internal sealed class EarlyTally : WrongAnswers
{
    public override string Name => "wave advances on targets that are not verified";

    protected override object? Instead(IInvokable call, object? answer) => answer is not Rollouts.ShardReport report ? answer : report with
    {
        Waves = [.. report.Waves.Select(w => w with { Counts = w.Counts with { Dispatched = 0, Verified = w.Counts.Verified + w.Counts.Dispatched } })],
    };
}

/// <summary>The audit never hears that a rollout has ended.</summary>
internal sealed class UnrecordedEnd : Bug
{
    public override string Name => "a rollout's end not recorded";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Silent(outlet);

    private sealed class Silent(IOutlet outlet) : OutletOf(outlet)
    {
        public override Task Send(Effect effect) =>
            effect is Effect.Record { Entry: { Terminal: true } entry } && entry.Subject.StartsWith("rollout:", StringComparison.Ordinal) ? Task.CompletedTask : Inner.Send(effect);
    }
}

/// <summary>The audit never hears of one change of an instance.</summary>
internal sealed class UnrecordedChange : Bug
{
    public override string Name => "all records of a change lost";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Silent(outlet);

    private sealed class Silent(IOutlet outlet) : OutletOf(outlet)
    {
        public override Task Send(Effect effect) => effect is Effect.Record { Entry.Change: "c3" } ? Task.CompletedTask : Inner.Send(effect);
    }
}

/// <summary>Nobody hears that a rollout is stopped: neither its shards nor the scheduler.</summary>
internal sealed class UnheardStop : Bug
{
    public override string Name => "a stop that nobody hears";

    public override IOutlet Outlet(EngineProcess engine, IOutlet outlet) => new Deaf(outlet);

    private sealed class Deaf(IOutlet outlet) : OutletOf(outlet)
    {
        public override Task Send(Effect effect) => effect is Effect.Hold or Effect.Order { What.Task: Rollouts.ShardTask.Hold } ? Task.CompletedTask : Inner.Send(effect);
    }
}
