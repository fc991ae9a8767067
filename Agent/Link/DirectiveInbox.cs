using System.Diagnostics;
using System.Threading.Channels;
using Fleet.Agent.Delivery;
using V1 = Fleet.Protocol.V1;

namespace Fleet.Agent.Link;

/// <summary>
/// Hands directives to delivery, those of one instance one after the other, and its answers to the spool. Outlives the sessions
/// they came in.
/// </summary>
internal sealed class DirectiveInbox(IDelivery delivery, Spool spool, TimeProvider time, AgentLog log)
{
    private readonly Channel<(V1.Directive Directive, long Received)> _queue =
        Channel.CreateBounded<(V1.Directive, long)>(new BoundedChannelOptions(64) { SingleReader = true });

    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);

    /// <summary>Takes a directive; waits while too many are waiting.</summary>
    public ValueTask Put(V1.Directive directive, CancellationToken cancel) => _queue.Writer.WriteAsync((directive, time.GetTimestamp()), cancel);

    /// <summary>Works until stopped.</summary>
    public async Task Run(CancellationToken stopping)
    {
        var last = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stopping))
            {
                while (_queue.Reader.TryRead(out var next)) Begin(last, next.Directive, next.Received, stopping);
            }
        }
        finally
        {
            await Task.WhenAll(last.Values);
        }
    }

    private void Begin(Dictionary<string, Task> last, V1.Directive directive, long received, CancellationToken stopping)
    {
        // The engine repeats what was not answered yet: one answer to come is enough.
        lock (_waiting) if (!_waiting.Add(directive.Id)) return;
        foreach (var (instance, _) in last.Where(l => l.Value.IsCompleted).ToArray()) last.Remove(instance);
        last[directive.Instance] = Handle(last.GetValueOrDefault(directive.Instance, Task.CompletedTask), directive, received, stopping);
    }

    // Never fails: what goes wrong with one directive is no other's concern.
    private async Task Handle(Task before, V1.Directive directive, long received, CancellationToken stopping)
    {
        await before;
        try
        {
            spool.Add(Wire.Write(directive.Instance, await Answer(directive, received, stopping)));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
#pragma warning disable CA1031 // No answer: one that isn't durable could differ from the next. The engine asks again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Error($"directive {directive.Id} for instance '{directive.Instance}' could not be answered: {e.Message}");
        }
    }

    private async Task<DirectiveAnswer> Answer(V1.Directive wire, long received, CancellationToken stopping)
    {
        var directive = Wire.Read(wire, time.GetElapsedTime(received), out var problem);
        DirectiveAnswer answer;
        try
        {
            answer = directive is null
                ? new DirectiveAnswer(wire.Id, Accepted: false, "REQUEST_INVALID", problem)
                : await delivery.Accept(directive, stopping);
        }
        finally
        {
            // Before the engine can see the answer and ask again.
            lock (_waiting) _waiting.Remove(wire.Id);
        }
        log.Information($"directive {wire.Id} ({wire.ActionCase}) for instance '{wire.Instance}', generation {wire.Generation}{Trace(wire)}: "
            + (answer.Accepted ? "accepted" : $"refused, {answer.Reason}: {answer.Detail}"));
        return answer;
    }

    // So that who follows a request through the engine finds what the device did for it.
    private static string Trace(V1.Directive wire) => ActivityContext.TryParse(wire.Traceparent, null, out var trace) ? $", trace {trace.TraceId}" : "";
}
