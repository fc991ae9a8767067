using Fleet.Audit;
using Fleet.Committing;
using Fleet.Engine;
using Fleet.Engine.Embedded;
using Fleet.Engine.Storage;
using Fleet.Images;
using Fleet.Rollouts;
using Fleet.Scheduling;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;

namespace Fleet.Simulation;

/// <summary>One run of the engine: all of Fleet's grains, on the disk that every run shares.</summary>
internal sealed class EngineProcess : IDisposable
{
    /// <summary>Found once in a real process: looking through its assemblies takes longer than a simulated day.</summary>
    private static readonly Lazy<GrainRegistry> Registry = new(GrainRegistry.OfProcess);

    private readonly ServiceProvider services;
    private readonly EmbeddedEngine engine;
    private readonly EngineService service;
    private readonly List<GatewaySession> sessions = [];

    public EngineProcess(SimWorld world, int number)
    {
        World = world;
        Process = new SimProcess(world.Simulator, $"engine-{number}") { Skew = world.EngineSkew };
        Clock = world.Bug.Clock(Process, new ProcessClock(Process));
        (Started, StartedByClock) = (world.Simulator.Now, Clock.GetUtcNow());
        services = Services(world);
        engine = services.GetRequiredService<EmbeddedEngine>();
        Grains = services.GetRequiredService<IGrainFactory>();
        service = new EngineService(engine, services.GetRequiredService<Reminders>());
        _ = services.GetRequiredService<Uptime>();
    }

    public SimWorld World { get; }

    public SimProcess Process { get; }

    public TimeProvider Clock { get; }

    public IGrainFactory Grains { get; }

    public DateTimeOffset Started { get; }

    /// <summary>The same, as its own wall clock said, which may jump since.</summary>
    public DateTimeOffset StartedByClock { get; }

    public bool Alive => Process.Alive;

    /// <summary>Begins to work, as the host does.</summary>
    public void Start() => Process.Start(async () =>
    {
        await service.StartAsync(CancellationToken.None);
        // A disk that can't be written holds the host up until it can.
        while (true)
        {
            try
            {
                await Grains.StartDueShards();
                return;
            }
            catch (Exception error) when (error is not SimulationEscapedException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Clock);
            }
        }
    });

    /// <summary>An agent's stream arrives.</summary>
    public void Accept(Connection connection)
    {
        var session = new GatewaySession(this, connection);
        sessions.Add(session);
        Process.Start(async () =>
        {
            await session.Run();
            sessions.Remove(session);
        });
    }

    /// <summary>As kill -9: no code of it runs any more.</summary>
    public void Kill()
    {
        if (!Alive) return;
        World.Simulator.Say(Process.Name, "is killed");
        Process.Kill();
        Dispose();
        engine.Kill();
        foreach (var session in sessions) session.Connection.Break();
    }

    public void Dispose() => service.Dispose();

    private ServiceProvider Services(SimWorld world)
    {
        var collection = new ServiceCollection();
        collection.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        collection.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        collection.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        collection.AddSingleton(new EngineOptions { Time = Clock, ResponseTimeout = TimeSpan.FromSeconds(5), IdleAge = world.Plan.IdleAge });
        collection.AddSingleton(Clock);
        collection.AddSingleton<ITurnScheduler>(new ProcessTurns(Process));
        collection.AddSingleton(Registry.Value);
        collection.AddSingleton(world.Bug.Reminders(new SimReminders(Process, world.Disk, world.Weather)));
        collection.AddKeyedSingleton(SqliteGrainStorage.Name, world.Bug.Storage(this, new SimStorage(Process, world.Disk, world.Weather, world.Laws)));
        if (world.Plan.Faults.Any(fault => fault.Kind == FaultKind.LateAnswers)) collection.AddSingleton<IIncomingGrainCallFilter>(new LateAnswers(Process, world.Weather));
        collection.AddRuntime();
        collection.AddSingleton(provider => world.Bug.Outlet(this, new Outlet(provider.GetRequiredService<IGrainFactory>())));
        world.Bug.Services(this, collection);
        collection.AddFleetGrains();
        collection.Configure<PublisherOptions>(options => options.Keys = [Catalogue.PublicKey]);
        collection.Configure<SchedulingOptions>(options => options.MostRunning = world.Plan.MostRunning);
        if (world.Plan.Hurried) collection.Configure<RolloutOptions>(options => (options.Patience, options.WaveGrace) = (TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5)));
        return collection.BuildServiceProvider();
    }
}

/// <summary>Lets calls execute, and keeps their answers back for longer than their callers wait.</summary>
internal sealed class LateAnswers(SimProcess process, Weather weather) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (weather.AnswersLate()) await process.Simulator.Delay(TimeSpan.FromSeconds(6));
    }
}
