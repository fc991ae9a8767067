using System.Threading.Channels;
using Fleet.Audit;
using Fleet.Engine.Storage;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Storage;

namespace Fleet.Tests.Grains;

/// <summary>Several simulated devices with one instance each, and all of Fleet's grains, on a clock that obeys the test.</summary>
internal sealed class FleetWorld : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly SortedSet<string> rollouts = [];

    public TestCluster Cluster { get; private set; } = null!;
    public FakeTimeProvider Time { get; } = new(Sample.Noon);
    public StorageSeam Storage { get; } = new();
    public ImmutableArray<SimulatedDevice> Devices { get; private set; } = [];

    public IRolloutGrain Rollout(string id)
    {
        rollouts.Add(id);
        return Cluster.Grains.Rollout(id);
    }

    /// <summary>So many devices run version 1.0, a hotfix and version 2.0 are published, and the engine has heard of all of them.</summary>
    public static async Task<FleetWorld> Start(int devices)
    {
        var fleet = new FleetWorld();
        fleet.Cluster = await TestCluster.Start(
            services =>
            {
                services.AddFleetGrains();
                services.Configure<PublisherOptions>(o => o.Keys = [Sample.Key.ExportSubjectPublicKeyInfoPem()]);
                services.AddKeyedSingleton(SqliteGrainStorage.Name, (provider, _) => fleet.Storage.Over(new SqliteGrainStorage(provider.GetRequiredService<StateDatabase>())));
            },
            fleet.Time,
            configureEngine: engine => engine.IdleAge = TimeSpan.FromDays(30));
        await fleet.Cluster.Grains.StartDueShards();
        var image = fleet.Cluster.Grains.Image(Sample.Image);
        await image.PublishVersion(Sample.One);
        await image.PublishVersion(Sample.Two);
        foreach (var patch in (Patch[])[Sample.Layer("v1", Sample.One), Sample.Layer("v2", Sample.Two), Sample.Hotfix("fix", "3.0.2")])
            await image.PublishPatch(Sample.Sign(patch), "ada");

        fleet.Devices = [.. Enumerable.Range(1, devices).Select(i => new SimulatedDevice(new($"edge-{i}", "web"), () => fleet.Cluster.Grains))];
        foreach (var device in fleet.Devices) await device.Connect();
        foreach (var device in fleet.Devices)
        {
            await fleet.Cluster.Grains.Instance(device.Id).Apply(Sample.Ask("install", "v1"));
            await fleet.Until(async () => (await fleet.Cluster.Grains.Instance(device.Id).Show()).Change?.Phase == ChangePhase.Committed);
        }
        await fleet.Pass(Reporting.Interval);
        return fleet;
    }

    /// <summary>Time passes in small steps, and everybody reports and does what there is to do, until it is so.</summary>
    public async Task Until(Func<Task<bool>> so, TimeSpan? within = null)
    {
        var steps = (int)((within ?? TimeSpan.FromMinutes(3)) / Step);
        for (var step = 0; !await so(); step++)
        {
            if (step >= steps) Assert.Fail($"not so within {steps * Step}");
            Time.Advance(Step);
            // What a timer began has its place before these: the clock must not run ahead of the work.
            await Cluster.Grains.StartDueShards();
            foreach (var rollout in rollouts)
            {
                await Cluster.Grains.RolloutShard(rollout, 0).Show();
                await Cluster.Grains.Rollout(rollout).Show();
            }
            foreach (var device in Devices) await device.Tick(step);
        }
    }

    public async Task Pass(TimeSpan time)
    {
        var until = Time.GetUtcNow() + time;
        await Until(() => Task.FromResult(Time.GetUtcNow() >= until), time + time);
    }

    public async Task<RolloutView> Until(string rollout, Func<RolloutView, bool> so, TimeSpan? within = null)
    {
        RolloutView? seen = null;
        try
        {
            await Until(async () => (seen = await Rollout(rollout).Show()) is { } view && so(view), within);
        }
        catch (Xunit.Sdk.FailException)
        {
            var targets = (await Rollout(rollout).Targets(0, 100, TargetState.Unspecified)).Targets.Select(t => $"{t.Instance} {t.State} {t.Reason}");
            Assert.Fail($"rollout is {seen?.Phase} at wave {seen?.Wave}: {seen?.Reason} {seen?.Detail}; {string.Join("; ", targets)}");
        }
        return seen!;
    }

    public Task<RolloutView> Until(string rollout, RolloutPhase phase, TimeSpan? within = null) => Until(rollout, view => view.Phase == phase, within);

    public static RolloutSpec Spec(string patch) => new()
    {
        Image = Sample.Image,
        Patch = patch,
        Bake = TimeSpan.FromSeconds(1),
        WaveBake = TimeSpan.FromSeconds(2),
        OfflineGrace = TimeSpan.FromSeconds(20),
    };

    public async Task<string> Versions() => string.Join(' ', await Task.WhenAll(Devices.Select(async d =>
        (await Cluster.Grains.Instance(d.Id).Show()).Desired is { } manifest ? manifest.Hotfixes.IsEmpty ? manifest.Version : $"{manifest.Version}+{manifest.Hotfixes[0].Patch}" : "-")));

    public async Task<ImmutableArray<AuditEntry>> Audit(string subject) =>
        [.. (await Cluster.Grains.AuditOf(subject).Read(1, 1000)).Where(r => r.Entry.Subject == subject).Select(r => r.Entry)];

    public async Task Restart()
    {
        await Cluster.Restart();
        await Cluster.Grains.StartDueShards();
        foreach (var device in Devices) await device.Connect();
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

/// <summary>Does what it is told as an agent would, at its next tick.</summary>
internal sealed class SimulatedDevice(InstanceId id, Func<IGrainFactory> grains) : IAgentLink
{
    private readonly Channel<Directive> directives = Channel.CreateUnbounded<Directive>();
    private readonly HashSet<string> answered = [];
    private readonly Stack<Manifest?> before = new();
    private Manifest? runs;
    private long step;
    private int session;

    public InstanceId Id => id;

    /// <summary>Patches that don't work here.</summary>
    public HashSet<string> BadPatches { get; } = [];

    /// <summary>It neither reports nor takes anything.</summary>
    public bool Offline { get; set; }

    public Health Health { get; set; } = Health.Healthy;

    /// <summary>How often an Apply was begun, by change.</summary>
    public Dictionary<string, int> Begun { get; } = [];

    public Manifest? Runs => runs;

    public async Task Connect()
    {
        if (Offline) return;
        var view = await grains().Resource(new(id.Resource)).Connect(
            new AgentSession { Session = $"s{++session}", BootId = "b1", AgentVersion = "1", Certificate = "ff" }, grains().CreateObjectReference<IAgentLink>(this));
        foreach (var directive in view.Pending) await Deliver(directive);
    }

    /// <summary>The stream breaks; what was on its way is lost with it.</summary>
    public Task Disconnect()
    {
        while (directives.Reader.TryRead(out _)) continue;
        return grains().Resource(new(id.Resource)).Disconnect($"s{session}");
    }

    public Task Deliver(Directive directive)
    {
        directives.Writer.TryWrite(directive);
        return Task.CompletedTask;
    }

    public Task Close(string reason) => Task.CompletedTask;

    public async Task Tick(int count)
    {
        if (Offline) return;
        while (directives.Reader.TryRead(out var directive)) await Do(directive);
        if (count % 8 == 0) await Report();
    }

    private async Task Do(Directive directive)
    {
        if (!answered.Add(directive.Id)) return;
        var instance = grains().Instance(id);
        var unknown = directive.Kind == DirectiveKind.RollBack && !Begun.ContainsKey(directive.Undoes);
        await instance.Answer(new DirectiveAnswer(directive.Id, !unknown, unknown ? "CHANGE_UNKNOWN" : "", ""));
        if (unknown) return;
        switch (directive.Kind)
        {
            case DirectiveKind.Apply:
                Begun[directive.Change] = Begun.GetValueOrDefault(directive.Change) + 1;
                var bad = BadPatches.Contains(SignedPatch.Verify(directive.Envelope.AsSpan(), [Sample.Key], Sample.Noon).Patch!.Id);
                await Tell(directive, ChangePhase.Admitted, ChangePhase.Prepared, ChangePhase.Applied);
                if (bad)
                {
                    await Tell(directive, ChangePhase.Failed, ChangePhase.RollingBack, ChangePhase.RolledBack);
                    break;
                }
                before.Push(runs);
                runs = directive.Expected;
                await Tell(directive, ChangePhase.Effective, ChangePhase.Verified);
                break;
            case DirectiveKind.RollBack:
                if (before.TryPop(out var old)) runs = old;
                await Tell(directive, ChangePhase.RolledBack);
                break;
            case DirectiveKind.Commit:
            default:
                break;
        }
        await Report();
    }

    private async Task Tell(Directive directive, params ChangePhase[] phases)
    {
        foreach (var phase in phases)
        {
            await grains().Instance(id).Progress(new ChangeProgress
            {
                Change = directive.Change,
                Directive = directive.Id,
                Generation = directive.Generation,
                Phase = phase,
                Step = ++step,
                Reason = phase is ChangePhase.Failed ? "PROBE_FAILED" : "",
                ByAgent = phase is ChangePhase.RollingBack or ChangePhase.RolledBack && directive.Kind == DirectiveKind.Apply,
            });
        }
    }

    private async Task Report()
    {
        await grains().Resource(new(id.Resource)).Observe(new ResourceFacts { Instances = [id.Name] });
        await grains().Instance(id).Observe(new InstanceFacts { Health = Health, Observed = runs });
    }
}
