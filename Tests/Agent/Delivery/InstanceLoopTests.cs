using System.Collections.Immutable;
using Fleet.Agent.Runtimes;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>Loops over a device and a journal in memory, in time of their own.</summary>
public sealed class InstanceLoopTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly WatchedTime _time = new(Sample.Noon);
    private readonly MemoryJournal _journal = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task An_answer_that_fails_unexpectedly_is_told_and_the_next_directive_is_answered()
    {
        var (host, run) = Host();
        _journal.Fails = state => state.Generation == 1 ? new InvalidOperationException("unexpected") : null;
        await Assert.ThrowsAsync<InvalidOperationException>(() => Soon(host.Accept(Back(1), default)));
        Assert.Equal("NO_RESTORE_POINT", (await Soon(host.Accept(Back(2), default))).Reason);
        await Stop(run);
    }

    [Fact]
    public async Task A_directive_that_could_not_be_written_down_has_no_answer_is_not_in_the_journal_and_may_be_asked_again()
    {
        var (host, run) = Host();
        _journal.Fails = state => state.Generation == 1 ? new IOException("too late: it is there already") : null;
        await Assert.ThrowsAsync<IOException>(() => Soon(host.Accept(Back(1), default)));
        Assert.Equal(0, _journal.Load(Sample.Instance)!.Generation);

        _journal.Fails = _ => null;
        Assert.Equal("NO_RESTORE_POINT", (await Soon(host.Accept(Back(1), default))).Reason);
        Assert.Equal(1, _journal.Load(Sample.Instance)!.Generation);
        await Stop(run);
    }

    [Fact]
    public async Task A_directive_is_given_up_only_when_it_is_surely_not_in_the_journal()
    {
        var (host, run) = Host();
        var writtenBack = 0;
        _journal.Lands = state => state.Generation == 1 || writtenBack > 0;
        _journal.Fails = state => state.Generation == 1 || ++writtenBack == 1 ? new IOException("the disk failed") : null;
        _time.Leaps = true;
        await Assert.ThrowsAsync<IOException>(() => Soon(host.Accept(Back(1), default)));
        Assert.Equal(0, _journal.Load(Sample.Instance)!.Generation);
        Assert.True(writtenBack >= 2);
        await Stop(run);
    }

    [Fact]
    public async Task A_loop_that_failed_goes_on_from_what_is_written_down()
    {
        _journal.Save(new InstanceState { Name = Sample.Instance, Generation = 3 });
        _journal.Fails = _ => new InvalidOperationException("unexpected");
        var (host, run) = Host();
        await _time.WaitedFor;
        Assert.Equal(3, (await host.Status(default)).Single().Generation);
        _journal.Fails = _ => null;
        _journal.Save(new InstanceState { Name = Sample.Instance, Generation = 7 });
        var late = host.Accept(Back(7), default);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("STALE_GENERATION", (await Soon(late)).Reason);
        Assert.Equal(7, (await host.Status(default)).Single().Generation);
        await Stop(run);
    }

    [Fact]
    public async Task A_rollback_of_an_older_change_waits_for_the_change_that_is_being_taken_back_and_runs_next()
    {
        var simulation = new Simulation(new FakeDevice { TraitOf = s => s.Manifest.Version == "2" ? Trait.SickUnderTraffic : Trait.Well });
        foreach (var (change, patch) in new[] { ("install", Sample.To("1")), ("fix", Sample.Hotfix()) })
        {
            simulation.Send(Sample.Apply(simulation.State, change, patch));
            simulation.Settle();
        }
        simulation.Send(Sample.Apply(simulation.State, "update", Sample.To("2")));
        simulation.Settle(s => s.Change!.Step >= Step.BackProbe);
        Assert.True(simulation.State.Changing);

        _time.SetUtcNow(simulation.Now);
        _time.Leaps = true;
        var facts = new RecordedFacts();
        var loop = new InstanceLoop(simulation.State, _journal, new MemoryDevice(simulation.Device), facts, new DeliveryClock(_time), new DeliveryLog(_ => { }));
        var directed = Sample.RollBack(simulation.State, "back", "fix");
        var answer = loop.Accept(directed.Directive, null, default);
        var run = loop.Run(_stop.Token);
        Assert.True((await Soon(answer)).Accepted, (await answer).Detail);
        await facts.Until("back", DevicePhase.RolledBack);
        Assert.Contains(facts.All, f => f is { Change: "update", Phase: DevicePhase.RolledBack });
        Assert.Equal(("1", 0), (loop.State.Manifest!.Version, loop.State.Manifest.Hotfixes.Length));
        await Stop(run);
    }

    private (DeliveryHost Host, Task Run) Host()
    {
        var host = new DeliveryHost(
            new DeliveryOptions { DataDirectory = "/nowhere", PublisherKeys = [] }, _journal, new MemoryDevice(new FakeDevice()), new RecordedFacts(), _time, _ => { });
        return (host, host.Run(_stop.Token));
    }

    private static Directive Back(long generation) => new($"d{generation}", Sample.Instance, generation, TimeSpan.FromMinutes(1), "back", new DirectiveAction.RollBack("fix", "asked"));

    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(30));

    private async Task Stop(Task run)
    {
        await _stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Keeps a state before it fails to, which is what a failure after the rename looks like.</summary>
    private sealed class MemoryJournal : IJournal
    {
        private readonly Dictionary<string, InstanceState> _states = [];

        public Func<InstanceState, Exception?> Fails { get; set; } = _ => null;

        /// <summary>Whether the file is replaced, also when that fails afterwards.</summary>
        public Func<InstanceState, bool> Lands { get; set; } = _ => true;

        public IReadOnlyList<string> Names()
        {
            lock (_states) return [.. _states.Keys];
        }

        public InstanceState? Load(string instance)
        {
            lock (_states) return _states.GetValueOrDefault(instance);
        }

        public void Save(InstanceState state)
        {
            lock (_states)
            {
                if (Lands(state)) _states[state.Name] = state;
            }
            if (Fails(state) is { } failure) throw failure;
        }
    }

    private sealed class MemoryDevice(FakeDevice device) : IDevice
    {
        public Task<Happening> Do(Effect effect, CancellationToken cancel) => Task.FromResult(device.Do(effect));

        public Task<ImageContents?> Contents(InstanceManifest manifest, CancellationToken cancel) => Task.FromResult<ImageContents?>(Sample.Contents(manifest.Version));

        public SlotSight See(string instance, SlotState slot) => default;

        public Task Collect(Func<ImmutableArray<Stack>?> needed, CancellationToken cancel) => Task.CompletedTask;
    }
}
