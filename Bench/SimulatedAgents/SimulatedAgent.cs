using System.Security.Cryptography.X509Certificates;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace Fleet.SimulatedAgents;

/// <summary>One enrolled agent, with a connection and a stream of its own.</summary>
internal sealed class SimulatedAgent
{
    private readonly string resource;
    private readonly X509Certificate2 certificate;
    private readonly X509Certificate2 authority;
    private readonly string link;
    private readonly Tally tally;
    private readonly Device device;
    private readonly SemaphoreSlim writing = new(1);
    private readonly SemaphoreSlim wake = new(0);
    private GrpcChannel? channel;
    private AsyncDuplexStreamingCall<AgentMessage, EngineMessage>? call;
    private CancellationTokenSource end = new();
    private Task receiving = Task.CompletedTask, reporting = Task.CompletedTask;
    private TimeSpan interval = TimeSpan.FromSeconds(10);
    private ulong numbered, acknowledged;
    private uint reports;

    public SimulatedAgent(string resource, X509Certificate2 certificate, X509Certificate2 authority, string link, Tally tally)
    {
        (this.resource, this.certificate, this.authority, this.link, this.tally) = (resource, certificate, authority, link, tally);
        device = new Device(Tell, () => wake.Release(), tally);
    }

    public string Resource => resource;

    /// <summary>The number in the last report of the resource.</summary>
    public uint LastReport => Volatile.Read(ref reports);

    public bool Settled => Volatile.Read(ref acknowledged) >= Volatile.Read(ref numbered);

    /// <summary>Whether it reports now.</summary>
    public volatile bool Reports;

    /// <summary>Opens the stream, and returns when the engine has said welcome.</summary>
    public async Task Connect(CancellationToken cancel)
    {
        channel?.Dispose();
        end = new();
        channel = Channels.Open(link, authority, certificate);
        call = new AgentLink.AgentLinkClient(channel).Connect(cancellationToken: end.Token);
        var hello = new Hello
        {
            AgentVersion = "0.1.0",
            BootId = Guid.NewGuid().ToString("n"),
            Acknowledged = acknowledged,
            OperatingSystem = new Protocol.V1.OperatingSystem { Id = "debian", VersionId = "12", PrettyName = "Debian GNU/Linux 12 (bookworm)", Kernel = "6.1.0-44-amd64", Architecture = "x86_64", MachineId = resource },
        };
        await call.RequestStream.WriteAsync(new AgentMessage { DeviceTime = DateTime.UtcNow.ToTimestamp(), Hello = hello }, cancel);
        if (!await call.ResponseStream.MoveNext(cancel) || call.ResponseStream.Current.Welcome is not { } welcome)
            throw new InvalidOperationException($"{resource}: no welcome");
        interval = welcome.ReportInterval.ToTimeSpan();
        numbered = Math.Max(numbered, welcome.Acknowledged);
        receiving = Receive(call.ResponseStream, end.Token);
        reporting = KeepReporting(end.Token);
    }

    /// <summary>Ends the stream politely.</summary>
    public async Task Leave()
    {
        if (call is null) return;
        Reports = false;
        await writing.WaitAsync();
        var left = call;
        call = null;
        await left.RequestStream.CompleteAsync();
        writing.Release();
        await Task.WhenAny(receiving, Task.Delay(TimeSpan.FromSeconds(10)));
        await end.CancelAsync();
        await Task.WhenAll(receiving, reporting);
        left.Dispose();
        channel!.Dispose();
    }

    /// <summary>Reports without a pause until the time is over: as fast as the engine lets it.</summary>
    public async Task Flood(CancellationToken over)
    {
        while (!over.IsCancellationRequested && call is not null) await Report();
    }

    private async Task KeepReporting(CancellationToken cancel)
    {
        // A fleet doesn't report in step.
        var next = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * interval.TotalMilliseconds);
        try
        {
            while (true)
            {
                // Sooner when something changed.
                await wake.WaitAsync(next, cancel);
                next = interval;
                if (Reports) await Report();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The stream ended: that is counted where it is read.
        }
    }

    private async Task Report()
    {
        var number = Interlocked.Increment(ref reports);
        await Send(Reading.Resource(number, interval));
        tally.Reported(instance: false);
        await Send(Reading.Report(number, device.Installed, device.Generation));
        tally.Reported(instance: true);
    }

    private async Task Tell(AgentMessage fact)
    {
        await writing.WaitAsync();
        try
        {
            fact.Sequence = Interlocked.Increment(ref numbered);
            fact.DeviceTime = DateTime.UtcNow.ToTimestamp();
            await Up.WriteAsync(fact);
        }
        finally
        {
            writing.Release();
        }

        tally.Told();
    }

    private async Task Send(AgentMessage message)
    {
        await writing.WaitAsync();
        try
        {
            await Up.WriteAsync(message);
        }
        finally
        {
            writing.Release();
        }
    }

    private IClientStreamWriter<AgentMessage> Up => call?.RequestStream ?? throw new InvalidOperationException($"{resource} isn't connected");

    private async Task Receive(IAsyncStreamReader<EngineMessage> down, CancellationToken cancel)
    {
        try
        {
            while (await down.MoveNext(cancel))
            {
                var message = down.Current;
                if (message.BodyCase == EngineMessage.BodyOneofCase.Acknowledged) Volatile.Write(ref acknowledged, message.Acknowledged);
                if (message.BodyCase == EngineMessage.BodyOneofCase.Directive) device.Take(message.Directive);
            }

            if (call is not null) throw new InvalidOperationException("the engine ended the stream");
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or InvalidOperationException)
        {
            if (call is null || cancel.IsCancellationRequested) return;
            tally.Lost(e);
            await end.CancelAsync();
        }
    }
}
