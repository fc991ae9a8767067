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
    public Task<Resource> Get(string resource, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _resources.GetResourceAsync(new GetResourceRequest { Resource = resource }, call), cancel);

    /// <summary>A one-time token with which one agent enrols. Never repeated by itself: each call makes another token.</summary>
    public Task<EnrolmentToken> CreateEnrolmentToken(string resource, TimeSpan? validFor = null, CancellationToken cancel = default) => _connection.Call(
        Repeat.Never,
        call => _resources.CreateEnrolmentTokenAsync(new CreateEnrolmentTokenRequest { Resource = resource, ValidFor = validFor?.ToDuration() }, call),
        cancel);
}
