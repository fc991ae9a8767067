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

    public override Task<ListImagesResponse> ListImages(ListImagesRequest request, ServerCallContext context)
    {
        var all = fleet.Images.Values.OrderBy(i => i.Name).Select(i => new ImageSummary { Name = i.Name, Versions = (uint)i.Versions.Count, Patches = (uint)i.Patches.Count });
        var (page, next) = FakePages.Page(fleet, request, all, request.PageToken);
        return Task.FromResult(new ListImagesResponse { Images = { page }, NextPageToken = next });
    }

    public override Task<ListVersionsResponse> ListVersions(ListVersionsRequest request, ServerCallContext context)
    {
        var (page, next) = FakePages.Page(fleet, request, FakeFleet.Find(fleet.Images, request.Image).Versions, request.PageToken);
        return Task.FromResult(new ListVersionsResponse { Versions = { page }, NextPageToken = next });
    }

    public override Task<ListPatchesResponse> ListPatches(ListPatchesRequest request, ServerCallContext context)
    {
        var (page, next) = FakePages.Page(fleet, request, FakeFleet.Find(fleet.Images, request.Image).Patches, request.PageToken);
        return Task.FromResult(new ListPatchesResponse { Patches = { page }, NextPageToken = next });
    }

    public override Task<Patch> Quarantine(QuarantineRequest request, ServerCallContext context) => Quarantine(request, quarantined: true);

    public override Task<Patch> LiftQuarantine(QuarantineRequest request, ServerCallContext context) => Quarantine(request, quarantined: false);

    private Task<Patch> Quarantine(QuarantineRequest request, bool quarantined)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(new Patch { Id = request.Patch, Image = request.Image, Quarantined = quarantined, QuarantineReason = quarantined ? request.Reason : "" });
    }
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

    public override Task<ListInstancesResponse> ListInstances(ListInstancesRequest request, ServerCallContext context)
    {
        var all = fleet.Instances.Values
            .Where(i => request.Labels.All(l => i.Labels.Any(have => $"{have.Key}={have.Value}" == l)))
            .OrderBy(i => $"{i.Resource}/{i.Name}")
            .Select(Summary);
        var (page, next) = FakePages.Page(fleet, request, all, request.PageToken);
        return Task.FromResult(new ListInstancesResponse { Instances = { page }, NextPageToken = next });
    }

    public override Task<InstanceSummary> SetLabels(SetLabelsRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        var instance = FakeFleet.Find(fleet.Instances, $"{request.Resource}/{request.Instance}").Clone();
        instance.Labels.Clear();
        instance.Labels.Add(request.Labels);
        fleet.Set(instance);
        return Task.FromResult(Summary(instance));
    }

    private static InstanceSummary Summary(Instance instance) => new()
    {
        Resource = instance.Resource, Instance = instance.Name, Labels = { instance.Labels }, Manifest = instance.Observed, Health = instance.Health, LastReport = instance.LastReport,
    };

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

    public override Task<ListResourcesResponse> ListResources(ListResourcesRequest request, ServerCallContext context)
    {
        var all = fleet.Resources.Values.OrderBy(r => r.Name)
            .Select(r => new ResourceSummary { Name = r.Name, Connected = r.Connected, LastSeen = r.LastSeen, AgentVersion = r.AgentVersion, Instances = { r.Instances } });
        var (page, next) = FakePages.Page(fleet, request, all, request.PageToken);
        return Task.FromResult(new ListResourcesResponse { Resources = { page }, NextPageToken = next });
    }

    public override Task<ResourceHold> Hold(HoldRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(fleet.Holds[request.Resource] = new ResourceHold { Resource = request.Resource, Hold = request.Hold, Phase = HoldPhase.Held, Reason = request.Reason, By = "admin" });
    }

    public override Task<ResourceHold> Release(ReleaseRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        fleet.Holds.TryRemove(request.Resource, out _);
        return Task.FromResult(new ResourceHold { Resource = request.Resource, Hold = request.Hold, Phase = HoldPhase.Released });
    }

    public override Task<ResourceHold> GetHold(GetHoldRequest request, ServerCallContext context) =>
        Task.FromResult(fleet.Holds.GetValueOrDefault(request.Resource) ?? new ResourceHold { Resource = request.Resource, Phase = HoldPhase.None });
}

internal sealed class FakeAudit(FakeFleet fleet) : Protocol.V1.Audit.AuditBase
{
    public override Task<ListRecordsResponse> ListRecords(ListRecordsRequest request, ServerCallContext context)
    {
        var (page, next) = FakePages.Page(fleet, request, fleet.Audit.Where(r => request.Subject.Length == 0 || r.Subject == request.Subject), request.PageToken);
        return Task.FromResult(new ListRecordsResponse { Records = { page }, NextPageToken = next });
    }

    public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) => Task.FromResult(fleet.Verification);
}

internal sealed class FakeEnrolment(FakeAuthority authority) : Enrolment.EnrolmentBase
{
    public override Task<AuthorityResponse> Authority(AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthorityResponse { Authority = Google.Protobuf.ByteString.CopyFrom(authority.Certificate.RawData) });
}
