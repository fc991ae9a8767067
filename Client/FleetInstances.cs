using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>Instances and their changes.</summary>
public sealed class FleetInstances
{
    private readonly FleetConnection _connection;
    private readonly Instances.InstancesClient _instances;

    internal FleetInstances(FleetConnection connection) => (_connection, _instances) = (connection, new Instances.InstancesClient(connection.Invoker));

    /// <summary>An instance as it is and as it should be.</summary>
    public Task<Instance> Get(string resource, string instance, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _instances.GetInstanceAsync(new GetInstanceRequest { Resource = resource, Instance = instance }, call), cancel);

    /// <summary>Starts a change. Without a request id it gets one here, so that a repetition on the way starts no second one.</summary>
    public Task<Change> Apply(ApplyRequest request, CancellationToken cancel = default)
    {
        var named = request.RequestId.Length > 0 ? request : new ApplyRequest(request) { RequestId = NewId() };
        return _connection.Call(Repeat.Safe, call => _instances.ApplyAsync(named, call), cancel);
    }

    /// <summary>Takes a change back. Without a request id it gets one here, so that a repetition on the way takes back once.</summary>
    public Task<Change> RollBack(RollBackRequest request, CancellationToken cancel = default)
    {
        var named = request.RequestId.Length > 0 ? request : new RollBackRequest(request) { RequestId = NewId() };
        return _connection.Call(Repeat.Safe, call => _instances.RollBackAsync(named, call), cancel);
    }

    /// <summary>One change of an instance.</summary>
    public Task<Change> GetChange(string resource, string instance, string change, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _instances.GetChangeAsync(new GetChangeRequest { Resource = resource, Instance = instance, Change = change }, call), cancel);

    /// <summary>
    /// The instance now, and again whenever it changed, until cancelled. When the connection breaks it is made anew; then
    /// the newest state comes first, and states in between may be missing, but never the newest.
    /// </summary>
    public IAsyncEnumerable<Instance> Watch(string resource, string instance, CancellationToken cancel = default) =>
        new InstanceWatch(_connection, _instances, new GetInstanceRequest { Resource = resource, Instance = instance }).Run(cancel);

    /// <summary>Follows a change until it has ended, and tells every state of it that was seen on the way.</summary>
    public async Task<Change> WaitForEnd(Change change, Action<Change>? seen = null, CancellationToken cancel = default)
    {
        await foreach (var instance in Watch(change.Resource, change.Instance, cancel))
        {
            // A later change may have taken this one's place before its end was seen.
            var now = instance.Change?.Id == change.Id ? instance.Change : await GetChange(change.Resource, change.Instance, change.Id, cancel);
            seen?.Invoke(now);
            if (now.Phase.HasEnded()) return now;
        }
        throw new InvalidOperationException("a watch ends by cancellation or failure only");
    }

    private static string NewId() => Guid.CreateVersion7().ToString();
}
