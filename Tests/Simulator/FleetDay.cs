using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;

namespace Fleet.Simulation;

/// <summary>What a virtual day came to.</summary>
/// <param name="Verified">Targets of the rollout that were verified.</param>
internal sealed record DayResult(RolloutPhase Phase, int Verified, TimeSpan RolloutTook, long Reports, long Steps, long Writes);

/// <summary>
/// One virtual day of a whole fleet on the real grains: each instance reports every five minutes, and one rollout goes to all.
/// Devices are scripts that do what they are told, at once and well. Who got the patch reports more often until the rollout is
/// over: its judge believes no report that is older than <see cref="Reporting.Silence"/>.
/// </summary>
internal sealed class FleetDay(int count) : IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(25);

    private readonly SimWorld world = new(new Plan(1, 0, TimeSpan.FromDays(2), TimeSpan.Zero, [], []));

    /// <summary>Whether the rollout has ended.</summary>
    private bool IsOver => world.Disk.State<RolloutState>("rollout/day", "rollout") is { Spec: not null } state && state.Phase.IsTerminal();

    public DayResult Run()
    {
        var engine = new EngineProcess(world, 1);
        engine.Start();
        var devices = Enumerable.Range(0, count).Select(number => new ScriptedDevice(this, engine, $"edge-{number:000000}")).ToList();
        var operators = new SimProcess(world.Simulator, "operators");
        operators.Start(async () =>
        {
            foreach (var version in Catalogue.Facts) await engine.Grains.Image(Catalogue.Image).PublishVersion(version);
            foreach (var (_, envelope) in Catalogue.Envelopes) await engine.Grains.Image(Catalogue.Image).PublishPatch([.. envelope], "ada");
        });

        // The fleet comes up within the first heartbeat, each instance with version 1.0.
        var begun = world.Simulator.Now;
        for (var i = 0; i < count; i++)
        {
            var device = devices[i];
            world.Simulator.At(TimeSpan.FromSeconds(15) + (Heartbeat * i / count), operators, () => operators.Start(device.Begin));
        }

        RolloutView? last = null;
        var rollout = new RolloutSpec
        {
            Image = Catalogue.Image, Patch = "to-2.0", Waves = [1, 10, 50, 100], OfflineGrace = Heartbeat * 3, ChangeWithin = TimeSpan.FromMinutes(30), CatchUp = TimeSpan.FromHours(1),
        };
        world.Simulator.At(TimeSpan.FromHours(1), operators, () => operators.Start(async () => last = (await engine.Grains.Rollout("day").Create(rollout, "ada")).Rollout));
        world.Simulator.RunUntil(begun + TimeSpan.FromHours(24));
        operators.Start(async () => last = await engine.Grains.Rollout("day").Show());
        world.Simulator.RunUntil(begun + TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1));

        var took = last?.Ended - last?.Requested;
        return new(last?.Phase ?? RolloutPhase.Unspecified, last?.Counts.Verified ?? 0, took ?? TimeSpan.Zero, devices.Sum(d => d.Reports), world.Simulator.Steps, world.Disk.Writes);
    }

    public void Dispose() => world.Dispose();

    /// <summary>A device that does at once what it is told.</summary>
    private sealed class ScriptedDevice(FleetDay day, EngineProcess engine, string name) : IAgentLink
    {
        private static readonly ResourceFacts Listing = new() { Instances = ["web"] };

        private readonly Simulator simulator = day.world.Simulator;
        private readonly ResourceId resource = new(name);
        private readonly InstanceId instance = new(name, "web");
        private IAgentLink? reference;
        private InstanceFacts facts = new();

        public long Reports { get; private set; }

        private IInstanceGrain Instance => engine.Grains.Instance(instance);

        public async Task Begin()
        {
            reference = engine.Grains.CreateObjectReference<IAgentLink>(this);
            await engine.Grains.Resource(resource).Connect(new AgentSession { Session = name, BootId = "1", AgentVersion = "1", Certificate = "ff" }, reference);
            await Report();
            await Instance.Apply(new ApplyPatch
            {
                Change = "install", Image = Catalogue.Image, Patch = "to-1.0", Ports = [new PortMapping(8080, "http")],
                Bake = TimeSpan.FromSeconds(10), KeepOld = TimeSpan.Zero, Within = TimeSpan.FromMinutes(15), By = "ada",
            });
            Next();
        }

        public Task Deliver(Directive directive)
        {
            engine.Process.Start(() => Obey(directive));
            return Task.CompletedTask;
        }

        public Task Close(string reason) => Task.CompletedTask;

        private void Next() => simulator.At(Heartbeat, engine.Process, Beat);

        // The most of what happens in a day: it takes no step more than it must. What fails here ends the run.
        private async void Beat()
        {
            Reports++;
            await Instance.Observe(facts);
            await engine.Grains.Resource(resource).Observe(Listing);
            Next();
        }

        private async Task Report()
        {
            Reports++;
            await Instance.Observe(facts);
            await engine.Grains.Resource(resource).Observe(Listing);
        }

        private async Task Obey(Directive directive)
        {
            await simulator.Delay(TimeSpan.FromMilliseconds(200));
            await Instance.Answer(new DirectiveAnswer(directive.Id, true, "", ""));
            await engine.Grains.Resource(resource).Answered(directive.Id);
            if (directive.Kind != DirectiveKind.Apply) return;

            var step = 0;
            foreach (var phase in (ChangePhase[])[ChangePhase.Admitted, ChangePhase.Prepared, ChangePhase.Applied, ChangePhase.Effective, ChangePhase.Verified])
            {
                await simulator.Delay(phase == ChangePhase.Verified ? directive.Bake : TimeSpan.FromSeconds(1));
                await Instance.Progress(new ChangeProgress { Change = directive.Change, Directive = directive.Id, Generation = directive.Generation, Phase = phase, Step = ++step });
            }

            facts = new InstanceFacts { Observed = directive.Expected, Generation = directive.Generation, Health = Health.Healthy };
            await Report();
            if (directive.Change == "install") return;
            while (!day.IsOver)
            {
                await simulator.Delay(Watched);
                await Report();
            }
        }
    }
}
