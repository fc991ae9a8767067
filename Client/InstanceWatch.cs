using System.Runtime.CompilerServices;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>One watch of one instance, over as many connections as it takes.</summary>
internal sealed class InstanceWatch(FleetConnection connection, Instances.InstancesClient instances, GetInstanceRequest request)
{
    public async IAsyncEnumerable<Instance> Run([EnumeratorCancellation] CancellationToken cancel = default)
    {
        Instance? last = null;
        var (tried, failing) = (0, default(long?));
        while (true)
        {
            FleetException? failure;
            using (var call = instances.Watch(request, cancellationToken: cancel))
            {
                while ((failure = await Next(call, cancel)) is null)
                {
                    (tried, failing) = (0, null);
                    // The first one of a new connection is often the last one of the old.
                    if (call.ResponseStream.Current.Equals(last)) continue;
                    yield return last = call.ResponseStream.Current;
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
    private async Task<FleetException?> Next(AsyncServerStreamingCall<Instance> call, CancellationToken cancel)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancel)
                ? null
                : new FleetException(StatusCode.Unavailable, RpcErrors.Lost, $"{connection.Options.Engine} ended the watch");
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            return RpcErrors.Read(e, connection.Options.Engine);
        }
    }
}
