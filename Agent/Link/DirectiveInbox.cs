using System.Threading.Channels;
using Fleet.Agent.Delivery;
using V1 = Fleet.Protocol.V1;

namespace Fleet.Agent.Link;

/// <summary>Hands directives to delivery one after the other, and its answers to the spool. Outlives the sessions they came in.</summary>
internal sealed class DirectiveInbox(IDelivery delivery, Spool spool, TimeProvider time, AgentLog log)
{
    private readonly Channel<(V1.Directive Directive, long Received)> _queue =
        Channel.CreateBounded<(V1.Directive, long)>(new BoundedChannelOptions(64) { SingleReader = true });

    /// <summary>Takes a directive; waits while too many are waiting.</summary>
    public ValueTask Put(V1.Directive directive, CancellationToken cancel) => _queue.Writer.WriteAsync((directive, time.GetTimestamp()), cancel);

    /// <summary>Works until stopped.</summary>
    public async Task Run(CancellationToken stopping)
    {
        await foreach (var (directive, received) in _queue.Reader.ReadAllAsync(stopping))
        {
            try
            {
                spool.Add(Wire.Write(await Answer(directive, received, stopping)));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // No answer: one that isn't durable could differ from the next. The engine asks again.
                log.Error($"directive {directive.Id} for instance '{directive.Instance}' could not be answered: {e.Message}");
            }
        }
    }

    private async Task<DirectiveAnswer> Answer(V1.Directive wire, long received, CancellationToken stopping)
    {
        var directive = Wire.Read(wire, time.GetElapsedTime(received), out var problem);
        var answer = directive is null
            ? new DirectiveAnswer(wire.Id, Accepted: false, "REQUEST_INVALID", problem)
            : await delivery.Accept(directive, stopping);
        log.Information($"directive {wire.Id} ({wire.ActionCase}) for instance '{wire.Instance}', generation {wire.Generation}: "
            + (answer.Accepted ? "accepted" : $"refused, {answer.Reason}: {answer.Detail}"));
        return answer;
    }
}
