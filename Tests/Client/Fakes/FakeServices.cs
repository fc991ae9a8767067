using System.Collections.Concurrent;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Fleet.Fakes;

internal sealed class FakeImages(FakeFleet fleet) : Protocol.V1.Images.ImagesBase
{
    public override Task<ImageVersion> PublishVersion(PublishVersionRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(new ImageVersion { Image = request.Image, Version = request.Version, Digest = request.Digest });
    }

    public override Task<Patch> PublishPatch(PublishPatchRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(new Patch { Id = "fix", Image = request.Image, Kind = "hotfix" });
    }

    public override Task<Image> GetImage(GetImageRequest request, ServerCallContext context) => Task.FromResult(FakeFleet.Find(fleet.Images, request.Image));

    public override Task<Patch> GetPatch(GetPatchRequest request, ServerCallContext context) => Task.FromResult(
        FakeFleet.Find(fleet.Images, request.Image).Patches.FirstOrDefault(p => p.Id == request.Patch)
        ?? throw FakeFleet.Refusal(StatusCode.NotFound, "PATCH_NOT_FOUND", $"image '{request.Image}' has no patch '{request.Patch}'"));
}

internal sealed class FakeInstances(FakeFleet fleet) : Protocol.V1.Instances.InstancesBase
{
    public override Task<Instance> GetInstance(GetInstanceRequest request, ServerCallContext context) =>
        Task.FromResult(FakeFleet.Find(fleet.Instances, $"{request.Resource}/{request.Instance}"));

    public override Task<Change> Apply(ApplyRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(Begin(request.RequestId, request.Resource, request.Instance));
    }

    public override Task<Change> RollBack(RollBackRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(Begin(request.RequestId, request.Resource, request.Instance));
    }

    public override Task<Change> GetChange(GetChangeRequest request, ServerCallContext context) => Task.FromResult(FakeFleet.Find(fleet.Changes, request.Change));

    public override Task Watch(GetInstanceRequest request, IServerStreamWriter<Instance> responseStream, ServerCallContext context) =>
        fleet.Watch(request, responseStream, context);

    private Change Begin(string id, string resource, string instance)
    {
        var change = fleet.Begin(id);
        (change.Resource, change.Instance) = (resource, instance);
        return fleet.Changes.GetOrAdd(change.Id, change);
    }
}

internal sealed class FakeResources(FakeFleet fleet) : Protocol.V1.Resources.ResourcesBase
{
    public override Task<Resource> GetResource(GetResourceRequest request, ServerCallContext context) => Task.FromResult(FakeFleet.Find(fleet.Resources, request.Resource));

    public override Task<EnrolmentToken> CreateEnrolmentToken(CreateEnrolmentTokenRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(new EnrolmentToken { Resource = request.Resource, Token = $"{request.Resource}.secret.print", Expires = new DateTime(2030, 1, 1, 1, 0, 0, DateTimeKind.Utc).ToTimestamp() });
    }
}

internal sealed class FakeAudit(FakeFleet fleet) : Protocol.V1.Audit.AuditBase
{
    private const int PageSize = 2;

    public override Task<ListRecordsResponse> ListRecords(ListRecordsRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        var from = request.PageToken.Length > 0 ? int.Parse(request.PageToken) : 0;
        var all = fleet.Audit.Where(r => request.Subject.Length == 0 || r.Subject == request.Subject).ToArray();
        return Task.FromResult(new ListRecordsResponse
        {
            Records = { all.Skip(from).Take(PageSize) },
            NextPageToken = from + PageSize < all.Length ? $"{from + PageSize}" : "",
        });
    }

    public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) => Task.FromResult(fleet.Verification);
}

internal sealed class FakeEnrolment(FakeAuthority authority) : Enrolment.EnrolmentBase
{
    public override Task<AuthorityResponse> Authority(AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthorityResponse { Authority = Google.Protobuf.ByteString.CopyFrom(authority.Certificate.RawData) });
}
