using Fleet.Agent.Identity;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Fleet.Agent.Link;

/// <summary>
/// One stream to the engine, from Hello to its end. Sends what the spool holds above the last acknowledgement, in order, and
/// the newest reports; takes acknowledgements and directives.
/// </summary>
internal sealed class EngineSession(
    EngineChannel channel, Hello hello, Spool spool, Reports reports, DirectiveInbox inbox, Signal changed, TimeProvider time)
{
    private const int Batch = 64;
    private static readonly TimeSpan WelcomeLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the stream ends; an ending that isn't the engine's wish or ours throws.</summary>
    /// <param name="welcomed">Called when the engine took the agent in; runs beside the session and ends with it.</param>
    /// <param name="stopping">Ends the session politely.</param>
    public async Task Run(Func<Welcome, CancellationToken, Task> welcomed, CancellationToken stopping)
    {
        using var ended = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, stopping);
        using var call = new AgentLink.AgentLinkClient(channel.Grpc).Connect(cancellationToken: ended.Token);
        try
        {
            var welcome = await Greet(call, stop.Token);
            spool.Acknowledge(welcome.Acknowledged);
            var beside = welcomed(welcome, stop.Token);
            var sending = Send(call.RequestStream, stop.Token);
            var receiving = Receive(call.ResponseStream, ended.Token);

            await Task.WhenAny(sending, receiving);
            if (!receiving.IsCompleted) await Task.WhenAny(receiving, Task.Delay(Farewell, time, CancellationToken.None));
            await ended.CancelAsync();
            await Settle(receiving, sending, beside);
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private async Task<Welcome> Greet(AsyncDuplexStreamingCall<AgentMessage, EngineMessage> call, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(WelcomeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        await call.RequestStream.WriteAsync(Stamped(new AgentMessage { Hello = hello }), either.Token);
        if (!await call.ResponseStream.MoveNext(either.Token)) throw new RpcException(new Status(StatusCode.Unavailable, "the engine ended the stream before its welcome"));
        return call.ResponseStream.Current.Welcome
            ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, $"the engine began with {call.ResponseStream.Current.BodyCase}, not with Welcome"));
    }

    private async Task Send(IClientStreamWriter<AgentMessage> up, CancellationToken stop)
    {
        var (sent, reported) = (spool.Acknowledged, 0L);
        while (!stop.IsCancellationRequested)
        {
            var wake = changed.Next;
            var facts = spool.After(sent, Batch);
            foreach (var fact in facts)
            {
                await up.WriteAsync(Stamped(fact.Clone()), stop);
                sent = fact.Sequence;
            }

            if (facts.Count == Batch) continue;
            if (reports.Newest is var newest && newest.Number > reported)
            {
                foreach (var message in newest.Messages) await up.WriteAsync(Stamped(message), stop);
                reported = newest.Number;
                continue;
            }

            await wake.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await up.CompleteAsync();
    }

    private async Task Receive(IAsyncStreamReader<EngineMessage> down, CancellationToken cancel)
    {
        while (await down.MoveNext(cancel))
        {
            var message = down.Current;
            if (message.BodyCase == EngineMessage.BodyOneofCase.Acknowledged) spool.Acknowledge(message.Acknowledged);
            if (message.BodyCase == EngineMessage.BodyOneofCase.Directive) await inbox.Put(message.Directive, cancel);
        }
    }

    // All three end before the session does. Why the engine's side ended tells more than why a write then failed.
    private static async Task Settle(Task receiving, Task sending, Task beside)
    {
        await Task.WhenAll(receiving, sending, beside).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var task in (Task[])[receiving, sending, beside])
        {
            if (task.Exception?.InnerException is { } failure && !IsOurs(failure)) throw failure;
        }
    }

    private static bool IsOurs(Exception failure) => failure is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    private AgentMessage Stamped(AgentMessage message)
    {
        message.DeviceTime = time.GetUtcNow().ToTimestamp();
        return message;
    }
}
