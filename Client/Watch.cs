using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>
/// One watch of one thing, over as many connections as it takes: each new one begins with the newest state, so states in
/// between may be missing, but never the last.
/// </summary>
/// <param name="open">Begins to watch; called anew for each connection.</param>
/// <param name="isLast">Whether nothing comes after this state; then the watch ends, and not when the engine ends the stream.</param>
internal sealed class Watch<T>(FleetConnection connection, Func<CallOptions, AsyncServerStreamingCall<T>> open, Func<T, bool> isLast)
    where T : class
{
    public async IAsyncEnumerable<T> Run([EnumeratorCancellation] CancellationToken cancel = default)
    {
        T? last = null;
        var (tried, failing) = (0, default(long?));
        while (true)
        {
            FleetException? failure;
            using (var call = open(new CallOptions(cancellationToken: cancel)))
            {
                while ((failure = await Next(call, cancel)) is null)
                {
                    (tried, failing) = (0, null);
                    // The first one of a new connection is often the last one of the old.
                    if (call.ResponseStream.Current.Equals(last)) continue;
                    yield return last = call.ResponseStream.Current;
                    if (isLast(last)) yield break;
                }
            }
            tried++;
            failing ??= connection.Options.Time.GetTimestamp();
            if (!Retries.MayHelp(failure) || IsOver(begun: last is not null, tried, failing.Value)) throw failure;
            await Task.Delay(connection.Retries.Pause(tried), connection.Options.Time, cancel);
        }
    }

    // One that never began fails as any call does; one that had begun waits for the engine to come back.
    private bool IsOver(bool begun, int tried, long failing) => begun
        ? connection.Options.Time.GetElapsedTime(failing) >= connection.Options.Patience
        : tried >= connection.Options.Attempts;

    /// <summary>Null when there is a next state, else why there is none.</summary>
    private async Task<FleetException?> Next(AsyncServerStreamingCall<T> call, CancellationToken cancel)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancel)
                ? null
                : new FleetException(StatusCode.Unavailable, RpcErrors.Lost, $"{connection.Engine} ended the watch");
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            return RpcErrors.Read(e, connection.Engine);
        }
    }
}
