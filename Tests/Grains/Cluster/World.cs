using System.Threading.Channels;
using Fleet.Audit;
using Fleet.Engine.Storage;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Storage;

namespace Fleet.Tests.Grains;

/// <summary>All of Fleet's grains on the engine of this build, with a clock and a storage that obey the test, and one device.</summary>
internal sealed class World : IAsyncDisposable
{
    public static readonly InstanceId Web = new("edge-1", "web");

    private long step;

    public TestCluster Cluster { get; private set; } = null!;
    public FakeTimeProvider Time { get; } = new(Sample.Noon);
    public StorageSeam Storage { get; } = new();
    public Device Device { get; } = new();

    public IInstanceGrain Instance => Cluster.Grains.Instance(Web);
    public IResourceGrain Resource => Cluster.Grains.Resource(new("edge-1"));
    public IImageGrain Image => Cluster.Grains.Image(Sample.Image);

    public static async Task<World> Start()
    {
        var world = new World();
        world.Cluster = await TestCluster.Start(
            services =>
            {
                services.AddFleetGrains();
                services.Configure<PublisherOptions>(o => o.Keys = [Sample.Key.ExportSubjectPublicKeyInfoPem()]);
                services.AddKeyedSingleton(SqliteGrainStorage.Name, (provider, _) => world.Storage.Over(new SqliteGrainStorage(provider.GetRequiredService<StateDatabase>())));
            },
            world.Time,
            configureEngine: engine => engine.IdleAge = TimeSpan.FromDays(30));
        await world.Cluster.Grains.StartDueShards();
        return world;
    }

    /// <summary>Versions and patches are published, the device is connected, and version 1.0 is installed.</summary>
    public static async Task<World> Installed()
    {
        var world = await Start();
        await world.Image.PublishVersion(Sample.One);
        await world.Image.PublishVersion(Sample.Two);
        await world.Publish(Sample.Layer("v1", Sample.One));
        await world.Publish(Sample.Hotfix("fix", "3.0.2"));
        await world.Connect();
        await world.Apply("install", "v1");
        await world.Device.Next();
        await world.Succeed("install");
        await world.Device.Next();
        return world;
    }

    public async Task Restart()
    {
        await Cluster.Restart();
        await Cluster.Grains.StartDueShards();
    }

    public Task<SessionView> Connect(string session = "s1") => Resource.Connect(
        new AgentSession { Session = session, BootId = "b1", AgentVersion = "1", Certificate = "ff" }, Cluster.Grains.CreateObjectReference<IAgentLink>(Device));

    public Task<PublishAnswer> Publish(Patch patch) => Image.PublishPatch(Sample.Sign(patch), "ada");

    public Task<ChangeAnswer> Apply(string change, string patch) => Instance.Apply(Sample.Ask(change, patch));

    public Task Told(string change, ChangePhase phase, bool byAgent = false, string reason = "") => Instance.Progress(Step(change, phase, byAgent, reason));

    public ChangeProgress Step(string change, ChangePhase phase, bool byAgent = false, string reason = "") => new()
    {
        Change = change,
        Directive = $"web:{change}:APPLY",
        Generation = 1,
        Phase = phase,
        Step = ++step,
        ByAgent = byAgent,
        Reason = reason,
    };

    public Task Reports(Health health, Manifest? manifest) => Instance.Observe(new InstanceFacts { Health = health, Observed = manifest });

    public async Task Succeed(string change)
    {
        foreach (var phase in (ChangePhase[])[ChangePhase.Admitted, ChangePhase.Prepared, ChangePhase.Applied, ChangePhase.Effective, ChangePhase.Verified])
            await Told(change, phase);
        await Reports(Health.Healthy, (await Instance.Show()).Desired);
    }

    public async Task<ImmutableArray<AuditRecord>> Audit(string subject) =>
        [.. (await Cluster.Grains.AuditOf(subject).Read(1, 1000)).Where(r => r.Entry.Subject == subject)];

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

/// <summary>The gateway's end of the device's stream.</summary>
internal sealed class Device : IAgentLink
{
    private readonly Channel<Directive> directives = Channel.CreateUnbounded<Directive>();
    private readonly TaskCompletionSource<string> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> Closed => closed.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public int Waiting => directives.Reader.Count;

    public Task<Directive> Next() => directives.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public Task Deliver(Directive directive)
    {
        directives.Writer.TryWrite(directive);
        return Task.CompletedTask;
    }

    public Task Close(string reason)
    {
        closed.TrySetResult(reason);
        return Task.CompletedTask;
    }
}

/// <summary>Waits for a view of the instance.</summary>
internal sealed class Watcher(Func<InstanceView, bool> until) : IInstanceWatcher
{
    private readonly TaskCompletionSource<InstanceView> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<InstanceView> Seen => seen.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public Task Changed(InstanceView instance)
    {
        if (until(instance)) seen.TrySetResult(instance);
        return Task.CompletedTask;
    }
}
