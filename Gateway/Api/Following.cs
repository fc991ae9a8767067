using Microsoft.Extensions.Hosting;

namespace Fleet.Gateway.Api;

/// <summary>Answers a call with what a watch sees. An open stream must not delay a stop of the engine.</summary>
internal sealed class Following(IHostApplicationLifetime host, TimeProvider time)
{
    // Who takes nothing for so long isn't reading any more.
    private static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(30);

    /// <summary>Writes each view until the last one, until the caller leaves or doesn't read, or until the engine stops.</summary>
    /// <param name="views">The watch, until it is cancelled.</param>
    /// <param name="wire">A view in the words of the contract.</param>
    /// <param name="isLast">Whether nothing comes after this view.</param>
    public async Task Follow<TView, TMessage>(
        Func<CancellationToken, IAsyncEnumerable<TView>> views, Func<TView, TMessage> wire, Predicate<TView> isLast, IServerStreamWriter<TMessage> to, ServerCallContext context)
        where TMessage : class
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        TMessage? written = null;
        try
        {
            await foreach (var view in views(end.Token))
            {
                var message = wire(view);
                // A watch that is renewed tells again what may be known already.
                if (!message.Equals(written) && !await IsTaken(to.WriteAsync, written = message, end.Token))
                {
                    context.GetHttpContext().Abort();
                    return;
                }

                if (isLast(view)) return;
            }
        }
        catch (OperationCanceledException) when (host.ApplicationStopping.IsCancellationRequested)
        {
            throw new Refusal(StatusCode.Unavailable, "ENGINE_STOPPING", "the engine is stopping: watch again when it is back").ToException();
        }
    }

    private async Task<bool> IsTaken<TMessage>(Func<TMessage, CancellationToken, Task> write, TMessage message, CancellationToken end)
    {
        using var late = new CancellationTokenSource(TakenWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, late.Token);
        try
        {
            await write(message, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !end.IsCancellationRequested)
        {
            return false;
        }
    }
}
