using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Client;

/// <summary>The devices that run agents.</summary>
public sealed class FleetResources
{
    private readonly FleetConnection _connection;
    private readonly Resources.ResourcesClient _resources;

    internal FleetResources(FleetConnection connection) => (_connection, _resources) = (connection, new Resources.ResourcesClient(connection.Invoker));

    /// <summary>A device as the engine knows it.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Resource> Get(string resource, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _resources.GetResourceAsync(new GetResourceRequest { Resource = resource }, call), cancel);

    /// <summary>A one-time token with which one agent enrols. Never repeated by itself: each call makes another token.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<EnrolmentToken> CreateEnrolmentToken(string resource, TimeSpan? validFor = null, CancellationToken cancel = default) => _connection.Call(
        Repeat.Never,
        call => _resources.CreateEnrolmentTokenAsync(new CreateEnrolmentTokenRequest { Resource = resource, ValidFor = validFor?.ToDuration() }, call),
        cancel);

    /// <summary>All devices by name; page after page, as they are read.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<ResourceSummary> List(CancellationToken cancel = default) => Pages.All((token, one) => ListPage(Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<ResourceSummary>> ListPage(int size = 0, string token = "", CancellationToken cancel = default)
    {
        var page = await _connection.Call(Repeat.Safe, call => _resources.ListResourcesAsync(new ListResourcesRequest { PageSize = (uint)size, PageToken = token }, call), cancel);
        return new Page<ResourceSummary>(page.Resources, page.NextPageToken);
    }

    /// <summary>
    /// Takes the leases of all instances of a device, so that nothing else changes them; those that are being changed come when
    /// that has ended, so look at the phase. Without an id it gets one here, so that it is safe to repeat.
    /// </summary>
    /// <param name="validFor">At most 7 days; null is 1 hour. Then the leases go back by themselves.</param>
    /// <param name="id">At most 64 letters, digits and <c>.-_</c>; null chooses one. It is needed to release.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<ResourceHold> Hold(string resource, string reason = "", TimeSpan? validFor = null, string? id = null, CancellationToken cancel = default)
    {
        var request = new HoldRequest { Resource = resource, Hold = string.IsNullOrEmpty(id) ? FleetConnection.NewId() : id, Reason = reason, ValidFor = validFor?.ToDuration() };
        return _connection.Call(Repeat.Safe, call => _resources.HoldAsync(request, call), cancel);
    }

    /// <summary>Gives the leases back. Safe to repeat.</summary>
    /// <param name="hold">The hold's id: nobody releases another's by mistake.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<ResourceHold> Release(string resource, string hold, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _resources.ReleaseAsync(new ReleaseRequest { Resource = resource, Hold = hold }, call), cancel);

    /// <summary>The hold of a device; its phase says when there is none.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<ResourceHold> GetHold(string resource, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _resources.GetHoldAsync(new GetHoldRequest { Resource = resource }, call), cancel);
}
