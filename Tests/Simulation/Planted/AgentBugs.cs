using Fleet.Agent.Delivery;

namespace Fleet.Simulation.Planted;

/// <summary>Every directive is taken for a newer one than all before.</summary>
internal sealed class StaleGeneration : Bug
{
    public override string Name => "stale generation accepted";

    public override IDelivery Delivery(AgentProcess agent, IDelivery delivery) => new Renewing(delivery);

    private sealed class Renewing(IDelivery delivery) : IDelivery
    {
        private long last;

        public Task<DirectiveAnswer> Accept(Directive directive, CancellationToken cancel) =>
            delivery.Accept(directive with { Generation = last = Math.Max(last, directive.Generation) + 1 }, cancel);

        public Task<IReadOnlyList<InstanceStatus>> Status(CancellationToken cancel) => delivery.Status(cancel);
    }
}

/// <summary>The agent forgets what it has answered, and in which order.</summary>
internal sealed class ForgottenLedger : Bug
{
    public override string Name => "ledger of directives forgotten at a restart";

    public override IJournal Journal(AgentProcess agent, IJournal journal) => new Forgetful(journal);

    private sealed class Forgetful(IJournal journal) : IJournal
    {
        public IReadOnlyList<string> Names() => journal.Names();

        public InstanceState? Load(string instance) => journal.Load(instance) is { } state ? state with { Ledger = [], Generation = 0 } : null;

        public void Save(InstanceState state) => journal.Save(state);
    }
}

/// <summary>What the agent writes down is on the disk only after the next write.</summary>
internal sealed class LateJournal : Bug
{
    public override string Name => "effect before its journal entry";

    public override IJournal Journal(AgentProcess agent, IJournal journal) => new Buffering(journal);

    private sealed class Buffering(IJournal journal) : IJournal
    {
        private readonly SortedDictionary<string, InstanceState> buffered = new(StringComparer.Ordinal);

        public IReadOnlyList<string> Names() => journal.Names();

        public InstanceState? Load(string instance) => journal.Load(instance);

        public void Save(InstanceState state)
        {
            if (buffered.TryGetValue(state.Name, out var before)) journal.Save(before);
            buffered[state.Name] = state;
        }
    }
}

/// <summary>Steps of changes are handed over to nobody, some of the time.</summary>
internal sealed class LostFact : Bug
{
    public override string Name => "progress lost between journal and spool";

    public override IFacts Facts(AgentProcess agent, IFacts facts) => new Losing(facts);

    private sealed class Losing(IFacts facts) : IFacts
    {
        private int recorded;

        public Task Record(Progress progress, CancellationToken cancel) => ++recorded % 5 == 0 ? Task.CompletedTask : facts.Record(progress, cancel);
    }
}

/// <summary>Traffic isn't led anywhere, and the agent believes that it was.</summary>
internal sealed class LostSwitch : Bug
{
    public override string Name => "traffic not switched";

    public override IDevice Device(AgentProcess agent, IDevice device) => new Losing(device);

    private sealed class Losing(IDevice device) : IDevice
    {
        public Task<Happening> Do(Effect effect, CancellationToken cancel) => effect is Effect.Route ? Task.FromResult<Happening>(new Happening.Done()) : device.Do(effect, cancel);

        public Task<Images.ImageContents?> Contents(Images.InstanceManifest manifest, CancellationToken cancel) => device.Contents(manifest, cancel);

        public SlotSight See(string instance, SlotState slot) => device.See(instance, slot);

        public Task Collect(Func<ImmutableArray<Stack>?> needed, CancellationToken cancel) => device.Collect(needed, cancel);
    }
}

/// <summary>Facts are written, and not synced: a power cut takes the latest.</summary>
internal sealed class UnsyncedSpool : Bug
{
    public override string Name => "spool not synced";

    public override bool SyncsSpool => false;
}
