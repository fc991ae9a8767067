using System.Threading.Channels;
using Fleet.Gateway.Telemetry;
using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Agents;

/// <summary>
/// One agent's session: facts go up in order and are acknowledged when they are stored; directives come down from its
/// resource. It has one reader, one writer, a short queue between, and no timer of its own.
/// </summary>
internal sealed class AgentStream(string resource, AgentSession session, IGrainFactory grains, TimeProvider time, GatewayMeter meter) : IAgentLink, IDisposable
{
    // Who doesn't read so many directives is cut off: they wait at the resource until it comes back.
    private const int QueueLength = 32;
    private const int AcknowledgeAtLeastEvery = 64;

    // Spools leave small gaps. A number so far ahead is a mistake, and stored it would make all that follow look old.
    private const ulong LargestGap = uint.MaxValue;
    private static readonly TimeSpan WriteWithin = TimeSpan.FromSeconds(30);

    private static readonly Refusal TooSlow = new(StatusCode.ResourceExhausted, "AGENT_TOO_SLOW", "the agent reads too slowly: connect again, nothing is lost");

    private readonly Channel<Wire.EngineMessage> down = Channel.CreateBounded<Wire.EngineMessage>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly CancellationTokenSource end = new();
    private readonly Intake intake = new(resource, grains, time, meter);
    private readonly IResourceGrain grain = grains.Resource(new ResourceId(resource));
    private Refusal? ended;
    private IAgentLink? reference;
    private ulong stored;

    public string Resource => resource;

    public AgentSession Session => session;

    /// <summary>When the grain must be told again that this session is there.</summary>
    public DateTimeOffset RenewAt { get; set; }

    /// <summary>Tells the resource that the session is still there, and repeats what the agent hasn't answered.</summary>
    public async Task Renew()
    {
        if (reference is null || end.IsCancellationRequested) return;
        var view = await grain.Connect(session, reference);
        foreach (var directive in view.Pending) Queue(directive);
    }

    /// <summary>Runs until the agent leaves, a message is malformed, or another session takes over.</summary>
    /// <exception cref="RpcException">Why it ended, when the agent didn't end it.</exception>
    public async Task Run(IAsyncStreamReader<Wire.AgentMessage> up, IServerStreamWriter<Wire.EngineMessage> writer, TimeSpan reportInterval, CancellationToken cancel)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, end.Token);
        var writing = Write(writer, both.Token);
        try
        {
            await Begin(reportInterval, both.Token);
            await Read(up, both.Token);
        }
        catch (OperationCanceledException) when (ended is { } refusal)
        {
            throw refusal.ToException();
        }
        finally
        {
            down.Writer.TryComplete();
            await end.CancelAsync();
            await writing;
        }
    }

    /// <summary>Ends the session from this side.</summary>
    public void End(Refusal refusal)
    {
        Interlocked.CompareExchange(ref ended, refusal, null);
        if (!end.IsCancellationRequested) end.Cancel();
    }

    /// <summary>Forgets the session at its resource, unless another took over.</summary>
    public async Task Finish()
    {
        try
        {
            await grain.Disconnect(session.Session);
        }
        finally
        {
            if (reference is not null) grains.DeleteObjectReference<IAgentLink>(reference);
        }
    }

    public void Dispose() => end.Dispose();

    public Task Deliver(Directive directive)
    {
        Queue(directive);
        return Task.CompletedTask;
    }

    public Task Close(string reason)
    {
        End(new Refusal(StatusCode.Aborted, "SESSION_REPLACED", reason));
        return Task.CompletedTask;
    }

    // The resource learns of the session; the agent gets its welcome and what waited for it. The engine goes by what it stored
    // itself: what the agent remembers of that (Hello.acknowledged) may be older, and is there for whoever reads the traffic.
    private async Task Begin(TimeSpan reportInterval, CancellationToken cancel)
    {
        reference = grains.CreateObjectReference<IAgentLink>(this);
        var view = await grain.Connect(session, reference);
        stored = (ulong)Math.Max(0, view.Acknowledged);
        var welcome = new Wire.Welcome
        {
            Session = session.Session,
            EngineTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            ReportInterval = Duration.FromTimeSpan(reportInterval),
            Acknowledged = stored,
        };
        await down.Writer.WriteAsync(new Wire.EngineMessage { Welcome = welcome }, cancel);
        if (stored > 0) await down.Writer.WriteAsync(new Wire.EngineMessage { Acknowledged = stored }, cancel);
        foreach (var directive in view.Pending)
        {
            if (Message(directive) is { } message) await down.Writer.WriteAsync(message, cancel);
        }
    }

    private async Task Read(IAsyncStreamReader<Wire.AgentMessage> up, CancellationToken cancel)
    {
        var (told, since) = (stored, 0);
        var (allowance, last) = (Allowance.Full, time.GetTimestamp());
        while (true)
        {
            var next = up.MoveNext(cancel);
            // One acknowledgement stands for all that came meanwhile.
            if (since > 0 && (!next.IsCompleted || since >= AcknowledgeAtLeastEvery))
            {
                await Acknowledge(told, cancel);
                (told, since) = (stored, 0);
            }

            if (!await next) return;
            var message = up.Current;
            var now = time.GetTimestamp();
            (allowance, last) = (allowance.Spend(time.GetElapsedTime(last, now)), now);
            if (allowance.Wait > TimeSpan.Zero) await Slow(allowance.Wait, cancel);
            if (message.Sequence > long.MaxValue || (message.Sequence > stored && message.Sequence - stored > LargestGap))
                throw Refusal.Malformed(new FieldError("sequence", "is too far ahead")).ToException();
            // What was stored before is acknowledged again and not taken again.
            if (message.Sequence == 0 || message.Sequence > stored)
            {
                var began = time.GetTimestamp();
                await intake.Take(message);
                meter.Taken(message.BodyCase.ToString(), time.GetElapsedTime(began));
            }

            if (message.Sequence == 0) continue;
            stored = Math.Max(stored, message.Sequence);
            since++;
        }
    }

    private Task Slow(TimeSpan wait, CancellationToken cancel)
    {
        meter.Slowed();
        return Task.Delay(wait, time, cancel);
    }

    private async Task Acknowledge(ulong told, CancellationToken cancel)
    {
        if (stored > told) stored = Math.Max(stored, (ulong)await grain.Acknowledge((long)stored));
        await down.Writer.WriteAsync(new Wire.EngineMessage { Acknowledged = stored }, cancel);
        meter.Acknowledged();
    }

    private async Task Write(IServerStreamWriter<Wire.EngineMessage> writer, CancellationToken cancel)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            await foreach (var message in down.Reader.ReadAllAsync(cancel))
            {
                limit.CancelAfter(WriteWithin);
                await writer.WriteAsync(message, limit.Token);
                if (limit.TryReset()) continue;
                limit.Dispose();
                limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            }
        }
        catch (OperationCanceledException)
        {
            if (!cancel.IsCancellationRequested) CutOff();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The connection is gone; the reader sees the same.
            await end.CancelAsync();
        }
        finally
        {
            limit.Dispose();
        }
    }

    private void Queue(Directive directive)
    {
        if (Message(directive) is { } message && !down.Writer.TryWrite(message) && !end.IsCancellationRequested) CutOff();
    }

    private Wire.EngineMessage? Message(Directive directive)
    {
        if (Directives.Of(directive, time.GetUtcNow()) is not { } message) return null;
        intake.Expect(directive);
        meter.Delivered();
        return message;
    }

    private void CutOff()
    {
        meter.TooSlow();
        End(TooSlow);
    }
}
