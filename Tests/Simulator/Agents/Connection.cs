namespace Fleet.Simulation;

/// <summary>
/// One stream between an agent and an engine. What goes up keeps its order within the stream, as on any stream; what comes down
/// may come late, twice and in any order, which is more than a stream would do. When it breaks, each end learns of it in its own time,
/// and what was under way may still arrive.
/// </summary>
internal sealed class Connection(SimWorld world, AgentProcess agent, EngineProcess engine, int number)
{
    private readonly Simulator simulator = world.Simulator;
    private long lastUp;
    private bool lostUp;

    public string Name { get; } = $"{agent.Name}-s{number}";

    public string Resource => agent.Name;

    public string BootId { get; } = $"boot-{agent.Boots}";

    public SimQueue<Wire.AgentMessage> Up { get; } = new();

    public SimQueue<Wire.EngineMessage> Down { get; } = new();

    public bool AgentOpen { get; private set; } = true;

    public bool EngineOpen { get; private set; } = true;

    /// <summary>Whether the agent has heard the engine's welcome.</summary>
    public bool Welcomed { get; set; }

    /// <summary>Knocks at the engine's door.</summary>
    public void Open()
    {
        if (world.Weather.Transit(agent.Name) is not { } time)
        {
            Break();
            return;
        }

        simulator.At(time, engine.Process, () => engine.Accept(this));
        if (!engine.Alive) Break();
    }

    public void Send(Wire.AgentMessage message)
    {
        if (!AgentOpen || lostUp) return;
        if (world.Weather.Transit(agent.Name) is not { } time)
        {
            // A stream that loses something is broken from there on.
            lostUp = true;
            Break();
            return;
        }

        lastUp = Math.Max(lastUp, simulator.Ticks + time.Ticks);
        Arrive(message, TimeSpan.FromTicks(lastUp - simulator.Ticks));
        if (world.Weather.Repeats(agent.Name)) Arrive(message.Clone(), TimeSpan.FromTicks(lastUp - simulator.Ticks));
    }

    public void Welcome(Wire.EngineMessage welcome) => Bring(welcome);

    public void Acknowledge(ulong sequence) => Bring(new Wire.EngineMessage { Acknowledged = sequence });

    public void Direct(Wire.EngineMessage directive)
    {
        Bring(directive);
        if (world.Weather.Repeats(agent.Name)) Bring(directive.Clone());
    }

    /// <summary>One end closes it in order.</summary>
    public void Close() => Break(TimeSpan.Zero);

    /// <summary>It is broken; neither end knows yet.</summary>
    public void Break() => Break(TimeSpan.FromSeconds(10));

    private void Break(TimeSpan most)
    {
        if (!AgentOpen && !EngineOpen) return;
        simulator.At(world.Weather.Between(0, most.TotalSeconds), simulator.World, () =>
        {
            AgentOpen = false;
            Down.Close();
            agent.Changed.Raise();
        });
        simulator.At(world.Weather.Between(0, most.TotalSeconds * 3), simulator.World, () =>
        {
            EngineOpen = false;
            Up.Close();
        });
    }

    private void Arrive(Wire.AgentMessage message, TimeSpan time) => simulator.At(time, engine.Process, () => Up.Put(message));

    private void Bring(Wire.EngineMessage message)
    {
        if (!EngineOpen) return;
        if (world.Weather.Transit(agent.Name) is { } time) simulator.At(time, agent.Process, () => Down.Put(message));
        else Break();
    }
}
