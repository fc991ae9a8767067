using Fleet.Audit;
using Fleet.Instances;

namespace Fleet.Simulation;

/// <summary>Engines, agents, operators, disks and network on one virtual clock; everything that happens follows from a plan.</summary>
internal sealed class SimWorld : IDisposable
{
    /// <summary>When all faults are over, so long everything may take to come to its end.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(60);

    private readonly string directory;
    private readonly List<EngineProcess> engines = [];
    private int lastEngine;

    public SimWorld(Plan plan, Bug? bug = null, int kept = 0, Action<string>? listener = null)
    {
        LawBook.Begin();
        (Plan, Bug) = (plan, bug ?? new Bug());
        directory = Directory.CreateTempSubdirectory("fleet-simulation-").FullName;
        Simulator = new Simulator(plan.Seed, new Trace(kept) { Listener = listener });
        Weather = new Weather(Simulator, Chance.Of(plan.Seed, "weather"));
        Disk = new SimDisk();
        Laws = new LawBook(this);
        Agents = [.. Enumerable.Range(1, plan.Devices).Select(i => new AgentProcess(this, Plan.Device(i), Path.Combine(directory, Plan.Device(i))))];
    }

    public Plan Plan { get; }

    public Bug Bug { get; }

    public Simulator Simulator { get; }

    public Weather Weather { get; }

    public SimDisk Disk { get; }

    public LawBook Laws { get; }

    public ImmutableArray<AgentProcess> Agents { get; }

    public TimeSpan EngineSkew { get; private set; }

    public IReadOnlyList<EngineProcess> Engines => engines;

    /// <summary>Runs the plan, then waits until all is quiet, and asks whether everything came to an end.</summary>
    public void Run()
    {
        StartEngine();
        var operators = new Operators(this);
        operators.Publish();
        foreach (var wish in Plan.Wishes) Simulator.At(wish.At, Simulator.World, () => operators.Begin(wish));
        foreach (var fault in Plan.Faults) Simulator.At(fault.At, Simulator.World, () => Happen(fault));
        Watch();

        var end = Plan.Faults.Select(f => f.At + f.For).Append(Plan.Length).Max() + TimeSpan.FromSeconds(1);
        Simulator.RunUntil(Simulator.Noon + end);
        if (engines.Count == 0) StartEngine();
        Laws.Calm = true;
        Simulator.Say("world", "all faults are over");
        Simulator.RunUntil(Simulator.Now + (Quiet / 2));
        operators.Tidy();
        Simulator.RunUntil(Simulator.Now + (Quiet / 2));
        Laws.AtTheEnd();
        foreach (var ((grain, name), record) in Disk.States)
        {
            Simulator.Say("disk", $"{grain} {name}");
            Simulator.Trace.Mix(record.Json());
        }
    }

    /// <summary>An engine that the agent can reach; null when none runs.</summary>
    public EngineProcess? EngineFor(AgentProcess agent) => engines.Count == 0 ? null : Weather.One(engines);

    public EngineProcess? AnyEngine() => engines.Count == 0 ? null : Weather.One(engines);

    public AgentProcess Agent(string name) => Agents.First(agent => agent.Name == name);

    public void Dispose()
    {
        foreach (var engine in engines) engine.Dispose();
        foreach (var agent in Agents) agent.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private EngineProcess StartEngine()
    {
        var engine = new EngineProcess(this, ++lastEngine);
        engines.Add(engine);
        Simulator.Say(engine.Process.Name, "starts");
        Weather.Note(ofEngine: true);
        engine.Start();
        return engine;
    }

    private void Kill(EngineProcess engine)
    {
        engine.Kill();
        engines.Remove(engine);
        Weather.Note(ofEngine: true);
    }

    private void Watch() => Simulator.At(TimeSpan.FromSeconds(5), Simulator.World, () =>
    {
        Laws.TimePassed();
        Watch();
    });

    private void Happen(Fault fault)
    {
        Simulator.Say("fault", $"{fault.Kind} {fault.Target} for {fault.For}");
        Weather.Note(fault.IsOfEngine);
        switch (fault.Kind)
        {
            case FaultKind.EngineCrash:
                foreach (var engine in engines.ToArray()) engine.Process.After(Steps(fault), () => Kill(engine));
                Later(fault, () =>
                {
                    foreach (var engine in engines.Where(e => e.Started < Simulator.Noon + fault.At).ToArray()) Kill(engine);
                    if (engines.Count == 0) StartEngine();
                });
                break;
            case FaultKind.Split:
                Weather.SplitFor(fault.For);
                var second = StartEngine();
                Later(fault, () => Kill(engines.Contains(second) && Weather.Between(0, 1).TotalSeconds < 0.5 ? second : engines[0]), () => engines.Count > 1);
                break;
            case FaultKind.AgentCrash or FaultKind.Reboot:
                var agent = Agent(fault.Target);
                agent.Process.After(Steps(fault), () => Fall(agent, fault));
                Later(fault, () =>
                {
                    Fall(agent, fault);
                    agent.Boot();
                });
                break;
            case FaultKind.ServiceDeath:
                Agent(fault.Target).Device.Die();
                break;
            case FaultKind.DeviceSkew:
                Agent(fault.Target).Jump((fault.For * 1000) - TimeSpan.FromHours(12));
                break;
            case FaultKind.EngineSkew:
                EngineSkew += TimeSpan.FromSeconds((fault.For.TotalSeconds / 10) - 3);
                foreach (var engine in engines) engine.Process.Skew = EngineSkew;
                break;
            default:
                Weather.Begin(fault);
                Later(fault, () => Weather.End(fault));
                break;
        }
    }

    private static void Fall(AgentProcess agent, Fault fault)
    {
        if (!agent.Process.Alive) return;
        if (fault.Kind == FaultKind.Reboot) agent.LosePower();
        else agent.Kill();
    }

    private void Later(Fault fault, Action what, Func<bool>? when = null) => Simulator.At(fault.For, Simulator.World, () =>
    {
        if (when?.Invoke() != false) what();
        Weather.Note(fault.IsOfEngine);
    });

    // Few and many: within what is under way, or after it.
    private static int Steps(Fault fault) => 1 + (int)(fault.For.Ticks % 7 == 0 ? fault.For.Ticks % 2000 : fault.For.Ticks % 60);
}
