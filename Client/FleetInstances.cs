using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>Instances and their changes.</summary>
public sealed class FleetInstances
{
    private readonly FleetConnection _connection;
    private readonly Instances.InstancesClient _instances;

    internal FleetInstances(FleetConnection connection) => (_connection, _instances) = (connection, new Instances.InstancesClient(connection.Invoker));

    /// <summary>An instance as it is and as it should be.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Instance> Get(string resource, string instance, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _instances.GetInstanceAsync(new GetInstanceRequest { Resource = resource, Instance = instance }, call), cancel);

    /// <summary>Starts a change. Without a request id it gets one here, so that a repetition on the way starts no second one.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Change> Apply(ApplyRequest request, CancellationToken cancel = default)
    {
        var named = request.RequestId.Length > 0 ? request : new ApplyRequest(request) { RequestId = FleetConnection.NewId() };
        return _connection.Call(Repeat.Safe, call => _instances.ApplyAsync(named, call), cancel);
    }

    /// <summary>Takes a change back. Without a request id it gets one here, so that a repetition on the way takes back once.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Change> RollBack(RollBackRequest request, CancellationToken cancel = default)
    {
        var named = request.RequestId.Length > 0 ? request : new RollBackRequest(request) { RequestId = FleetConnection.NewId() };
        return _connection.Call(Repeat.Safe, call => _instances.RollBackAsync(named, call), cancel);
    }

    /// <summary>One change of an instance.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Change> GetChange(string resource, string instance, string change, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _instances.GetChangeAsync(new GetChangeRequest { Resource = resource, Instance = instance, Change = change }, call), cancel);

    /// <summary>
    /// The instance now, and again whenever it changed, until cancelled. When the connection breaks it is made anew; then
    /// the newest state comes first, and states in between may be missing, but never the newest.
    /// </summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<Instance> Watch(string resource, string instance, CancellationToken cancel = default)
    {
        var request = new GetInstanceRequest { Resource = resource, Instance = instance };
        return new Watch<Instance>(_connection, call => _instances.Watch(request, call), isLast: _ => false).Run(cancel);
    }

    /// <summary>The instances of the fleet by resource and name; page after page, as they are read. All that is asked for must hold.</summary>
    /// <param name="image">Of this image; empty is any.</param>
    /// <param name="version">Of this version; empty is any.</param>
    /// <param name="labels">With all of these labels; null is any.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<InstanceSummary> List(
        string image = "", string version = "", IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) =>
        Pages.All((token, one) => ListPage(image, version, labels, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="image">Of this image; empty is any.</param>
    /// <param name="version">Of this version; empty is any.</param>
    /// <param name="labels">With all of these labels; null is any.</param>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<InstanceSummary>> ListPage(
        string image = "", string version = "", IReadOnlyDictionary<string, string>? labels = null, int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListInstancesRequest { Image = image, Version = version, PageSize = (uint)size, PageToken = token };
        request.Labels.AddRange((labels ?? new Dictionary<string, string>()).Select(l => $"{l.Key}={l.Value}"));
        var page = await _connection.Call(Repeat.Safe, call => _instances.ListInstancesAsync(request, call), cancel);
        return new Page<InstanceSummary>(page.Instances, page.NextPageToken);
    }

    /// <summary>Replaces the labels of an instance; the label <c>app</c> names its application. Safe to repeat.</summary>
    /// <param name="labels">At most 32; keys and values of at most 63 letters, digits and <c>.-_/</c>.</param>
    /// <exception cref="FleetException">There is no such instance, or a label is malformed.</exception>
    public Task<InstanceSummary> SetLabels(string resource, string instance, IReadOnlyDictionary<string, string> labels, CancellationToken cancel = default)
    {
        var request = new SetLabelsRequest { Resource = resource, Instance = instance };
        foreach (var (key, value) in labels) request.Labels.Add(key, value);
        return _connection.Call(Repeat.Safe, call => _instances.SetLabelsAsync(request, call), cancel);
    }

    /// <summary>Follows a change until it has ended, and tells every state of it that was seen on the way.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
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
}
