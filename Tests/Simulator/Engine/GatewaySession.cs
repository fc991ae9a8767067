using Fleet.Gateway.Agents;
using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Simulation;

/// <summary>
/// The engine's end of one agent's stream, as the gateway's: facts are taken in order and acknowledged when they are stored.
/// What a message says is read by the gateway's own code.
/// </summary>
internal sealed class GatewaySession(EngineProcess engine, Connection connection) : IAgentLink
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);

    private readonly Intake intake = new(connection.Resource, engine.Grains, engine.Clock);
    private readonly IResourceGrain grain = engine.Grains.Resource(new ResourceId(connection.Resource));
    private readonly AgentSession session = new() { Session = connection.Name, BootId = connection.BootId, AgentVersion = "1", Certificate = "ff" };
    private IAgentLink? reference;

    public Connection Connection => connection;

    public async Task Run()
    {
        reference = engine.Grains.CreateObjectReference<IAgentLink>(this);
        try
        {
            var view = await grain.Connect(session, reference);
            var stored = (ulong)Math.Max(0, view.Acknowledged);
            connection.Welcome(new Wire.EngineMessage
            {
                Welcome = new Wire.Welcome { Session = session.Session, EngineTime = engine.Clock.GetUtcNow().ToTimestamp(), Acknowledged = stored },
            });
            foreach (var directive in view.Pending) Tell(directive);
            engine.Process.Start(Renew);
            await Read(stored);
        }
        catch (Exception error) when (error is not (SimulationEscapedException or LawBrokenException))
        {
            engine.Process.Simulator.Say(engine.Process.Name, $"ends {connection.Name}: {error.GetType().Name}");
        }
        finally
        {
            connection.Close();
            await Finish();
        }
    }

    public Task Deliver(Directive directive)
    {
        Tell(directive);
        return Task.CompletedTask;
    }

    public Task Close(string reason)
    {
        connection.Close();
        return Task.CompletedTask;
    }

    private async Task Read(ulong stored)
    {
        var untold = false;
        while (await connection.Up.Take() is { } message)
        {
            if (message.Sequence == 0 || message.Sequence > stored) await Take(message);
            stored = Math.Max(stored, message.Sequence);
            untold |= message.Sequence > 0;
            // One acknowledgement stands for all that came meanwhile.
            if (!untold || !connection.Up.IsEmpty) continue;
            stored = Math.Max(stored, (ulong)await grain.Acknowledge((long)stored));
            engine.World.Laws.Acknowledged(connection.Resource, stored);
            connection.Acknowledge(stored);
            untold = false;
        }
    }

    private async Task Take(Wire.AgentMessage message)
    {
        if (engine.World.Bug.TakesBeforeStored(message))
        {
            _ = intake.Take(message).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return;
        }

        await intake.Take(message);
    }

    private async Task Renew()
    {
        while (connection.EngineOpen)
        {
            await Task.Delay(RenewEvery, engine.Clock);
            if (!connection.EngineOpen) return;
            try
            {
                foreach (var directive in (await grain.Connect(session, reference!)).Pending) Tell(directive);
            }
            catch (Exception error) when (error is not (SimulationEscapedException or LawBrokenException))
            {
                // The next time may be better.
            }
        }
    }

    private async Task Finish()
    {
        try
        {
            await grain.Disconnect(session.Session);
        }
        catch (Exception error) when (error is not (SimulationEscapedException or LawBrokenException))
        {
            // The resource notices the silence.
        }

        engine.Grains.DeleteObjectReference<IAgentLink>(reference!);
    }

    private void Tell(Directive directive)
    {
        if (Directives.Of(directive, engine.Clock.GetUtcNow()) is not { } message) return;
        intake.Expect(directive);
        connection.Direct(message);
    }
}
