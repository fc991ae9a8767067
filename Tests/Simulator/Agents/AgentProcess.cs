using System.Security.Cryptography;
using Fleet.Agent;
using Fleet.Agent.Delivery;
using Fleet.Agent.Link;

namespace Fleet.Simulation;

/// <summary>
/// One device with its agent. Delivery, the inbox of directives, the spool of facts and the words of the wire are the agent's own;
/// the stream, the sensors and the device below are simulated.
/// </summary>
internal sealed class AgentProcess : IDisposable
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WelcomeWithin = TimeSpan.FromSeconds(15);

    private readonly SimWorld world;
    private readonly SortedDictionary<string, byte[]> journals = new(StringComparer.Ordinal);
    private readonly string spoolDirectory;
    private readonly ECDsa key = Catalogue.NewVerifier();
    private Spool spool = null!;
    private Reports reports = null!;
    private DirectiveInbox inbox = null!;
    private DeliveryHost host = null!;
    private int connections;

    public AgentProcess(SimWorld world, string name, string spoolDirectory)
    {
        (this.world, this.spoolDirectory, Name) = (world, spoolDirectory, name);
        Device = new SimDevice(name, world.Simulator, world.Weather);
        Boot();
    }

    public string Name { get; }

    public SimDevice Device { get; }

    public SimProcess Process { get; private set; } = null!;

    public TimeProvider Clock { get; private set; } = null!;

    public Signal Changed { get; private set; } = null!;

    public TimeSpan Skew { get; private set; }

    public int Boots { get; private set; }

    public IReadOnlyDictionary<string, byte[]> Journals => journals;

    /// <summary>How many facts wait for the engine's word.</summary>
    public int Waiting => spool.Waiting;

    public void Boot()
    {
        Boots++;
        Process = new SimProcess(world.Simulator, Name) { Skew = Skew };
        Clock = new ProcessClock(Process);
        Changed = new Signal();
        spool = new Spool(spoolDirectory, 1 << 20, Changed, AgentLog.Silent);
        reports = new Reports(Changed);
        var journal = world.Bug.Journal(this, new SimJournal(Name, world.Weather, world.Laws, journals));
        var facts = world.Bug.Facts(this, new Facts(this));
        var options = new DeliveryOptions { DataDirectory = "/data", PublisherKeys = [key] };
        host = new DeliveryHost(options, journal, world.Bug.Device(this, new DeviceHands(Device)), facts, Clock, line => world.Simulator.Say(Name, line));
        var delivery = world.Bug.Delivery(this, host);
        inbox = new DirectiveInbox(delivery, spool, Clock, AgentLog.Silent);

        Process.Start(() => host.Run(CancellationToken.None));
        Process.Start(() => inbox.Run(CancellationToken.None));
        Process.Start(Report);
        Process.Start(Link);
    }

    public void Kill()
    {
        if (!Process.Alive) return;
        world.Simulator.Say(Name, "the agent is killed");
        Process.Kill();
        spool.Dispose();
    }

    /// <summary>The device loses its power: what wasn't synced is gone.</summary>
    public void LosePower()
    {
        Kill();
        Device.Reboot();
        PowerCut.Strike(spoolDirectory, world.Weather, world.Bug.SyncsSpool);
    }

    public void Dispose()
    {
        Kill();
        key.Dispose();
    }

    public void Jump(TimeSpan by)
    {
        Skew += by;
        Process.Skew = Skew;
    }

    private async Task Report()
    {
        while (true)
        {
            var statuses = await host.Status(CancellationToken.None);
            reports.Publish([.. statuses.Select(status => new Wire.AgentMessage { Instance = Agent.Link.Wire.Write(status) }), new Wire.AgentMessage { Resource = new() }]);
            await Task.Delay(statuses.Any(status => status.Changing) ? TimeSpan.FromSeconds(1) : ReportEvery, Clock);
        }
    }

    private async Task Link()
    {
        while (true)
        {
            await Task.Delay(world.Weather.Between(0.1, 5), Clock);
            if (world.EngineFor(this) is not { } engine) continue;

            var connection = new Connection(world, this, engine, ++connections);
            connection.Open();
            world.Simulator.At(WelcomeWithin, Process, () =>
            {
                if (!connection.Welcomed) connection.Close();
            });
            var receiving = Receive(connection);
            await Send(connection);
            connection.Close();
            await receiving;
        }
    }

    private async Task Receive(Connection connection)
    {
        while (await connection.Down.Take() is { } message)
        {
            if (message.BodyCase == Wire.EngineMessage.BodyOneofCase.Welcome)
            {
                connection.Welcomed = true;
                spool.Acknowledge(message.Welcome.Acknowledged);
            }

            if (message.BodyCase == Wire.EngineMessage.BodyOneofCase.Acknowledged) spool.Acknowledge(message.Acknowledged);
            if (message.BodyCase == Wire.EngineMessage.BodyOneofCase.Directive) await inbox.Put(message.Directive, CancellationToken.None);
            if (connection.Welcomed) Changed.Raise();
        }
    }

    private async Task Send(Connection connection)
    {
        var (sent, reported) = (0UL, 0L);
        while (connection.AgentOpen)
        {
            var wake = Changed.Next;
            if (connection.Welcomed)
            {
                sent = Math.Max(sent, spool.Acknowledged);
                foreach (var fact in spool.After(sent, 64))
                {
                    connection.Send(Stamped(fact.Clone()));
                    sent = fact.Sequence;
                }

                if (reports.Newest is var newest && newest.Number > reported)
                {
                    foreach (var message in newest.Messages) connection.Send(Stamped(message.Clone()));
                    reported = newest.Number;
                }
            }

            await wake;
        }
    }

    private Wire.AgentMessage Stamped(Wire.AgentMessage message)
    {
        message.DeviceTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(Clock.GetUtcNow());
        return message;
    }

    /// <summary>The spool, as delivery hands facts to it; a full disk keeps nothing.</summary>
    private sealed class Facts(AgentProcess agent) : IFacts
    {
        public Task Record(Progress progress, CancellationToken cancel)
        {
            if (agent.world.Weather.DeviceDiskFull(agent.Name)) throw new IOException("the device's disk is full");
            agent.spool.Add(Fleet.Agent.Link.Wire.Write(progress));
            return Task.CompletedTask;
        }
    }
}
