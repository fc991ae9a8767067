using Fleet.Instances;
using Fleet.Resources;
using Fleet.Roster;
using Fleet.Telemetry;
using Google.Protobuf.Collections;

namespace Fleet.Gateway.Api;

/// <summary>Changes of instances, and what they are now.</summary>
internal sealed class InstancesService(IGrainFactory grains, PageTokens tokens, Following following, TimeProvider time) : Wire.Instances.InstancesBase
{
    private static readonly TimeSpan DefaultBake = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(1);

    public override async Task<Wire.Instance> GetInstance(Wire.GetInstanceRequest request, ServerCallContext context)
    {
        var id = InstanceOf(request.Resource, request.Instance);
        var view = await grains.Instance(id).Show();
        return view.Exists ? Wires.Of(view) : throw UnknownInstance(id);
    }

    public override async Task<Wire.Change> Apply(Wire.ApplyRequest request, ServerCallContext context)
    {
        var check = Named(request.Resource, request.Instance)
            .ChosenId("requestId", request.RequestId)
            .Name("image", request.Image)
            .PatchId("patch", request.Patch)
            .Reason(request.Reason)
            .Span("bake", request.Bake, TimeSpan.Zero, LongestHold, DefaultBake, out var bake)
            .Span("keepOld", request.KeepOld, TimeSpan.Zero, LongestHold, TimeSpan.Zero, out var keepOld)
            .Span("deadline", request.Deadline, TimeSpan.FromSeconds(1), LongestDeadline, DefaultDeadline, out var within)
            .That(within > bake, "deadline", "must be longer than the bake: a change is verified when it has baked");
        Ports(check, request.Ports);
        check.Done();

        return Answer(await grains.Instance(new InstanceId(request.Resource, request.Instance)).Apply(new ApplyPatch
        {
            Change = ChangeId(request.RequestId),
            Image = request.Image,
            Patch = request.Patch,
            Ports = [.. request.Ports.Select(p => new PortMapping((int)p.HostPort, p.ServicePort))],
            Bake = bake,
            KeepOld = keepOld,
            Within = within,
            By = Caller.Of(context),
            Reason = request.Reason,
            Trace = TraceContext.Current,
        }));
    }

    public override async Task<Wire.Change> RollBack(Wire.RollBackRequest request, ServerCallContext context)
    {
        Named(request.Resource, request.Instance)
            .ChosenId("requestId", request.RequestId)
            .ChangeId("change", request.Change)
            .Reason(request.Reason)
            .Done();

        return Answer(await grains.Instance(new InstanceId(request.Resource, request.Instance)).RollBack(new RollBack
        {
            Change = ChangeId(request.RequestId),
            Undoes = request.Change,
            By = Caller.Of(context),
            Reason = request.Reason,
            Trace = TraceContext.Current,
        }));
    }

    public override async Task<Wire.Change> GetChange(Wire.GetChangeRequest request, ServerCallContext context)
    {
        Named(request.Resource, request.Instance)
            .ChangeId("change", request.Change)
            .That(request.Change.Length > 0, "change", "is missing")
            .Done();
        return await grains.Instance(new InstanceId(request.Resource, request.Instance)).Change(request.Change) is { } change
            ? Wires.Of(change)
            : throw new Refusal(StatusCode.NotFound, "CHANGE_UNKNOWN", $"{request.Resource}/{request.Instance} remembers no change '{request.Change}'").ToException();
    }

    public override async Task Watch(Wire.GetInstanceRequest request, IServerStreamWriter<Wire.Instance> responseStream, ServerCallContext context)
    {
        var id = InstanceOf(request.Resource, request.Instance);
        await using var watch = new InstanceWatch(grains, id, time);
        await following.Follow(watch.Views, view => view.Exists ? Wires.Of(view) : throw UnknownInstance(id), _ => false, responseStream, context);
    }

    public override async Task<Wire.ListInstancesResponse> ListInstances(Wire.ListInstancesRequest request, ServerCallContext context)
    {
        var check = new Check();
        if (request.Image.Length > 0) check.Name("image", request.Image);
        if (request.Version.Length > 0) check.Version("version", request.Version);
        check.LabelTexts("labels", request.Labels, out var labels)
            .Page(tokens, Page.ListingOf("instances", request.Image, request.Version, labels.ToString()), request.PageSize, request.PageToken, out var page)
            .Done();

        var merge = grains.Instances(new RosterFilter { Image = request.Image, Version = request.Version, Labels = labels }, page);
        var entries = await merge.Take(page.Size, context.CancellationToken);
        var views = await Task.WhenAll(entries.Select(e => grains.Instance(e.Id).Show()));
        var summaries = views.Select(Wires.Summary).ToList();
        var fits = Page.Fitting(summaries);
        var response = new Wire.ListInstancesResponse();
        response.Instances.AddRange(summaries.Take(fits));
        if (fits < entries.Length || await merge.More(context.CancellationToken)) response.NextPageToken = tokens.Write(page.Listing, entries[fits - 1].Id.ToString());
        return response;
    }

    public override async Task<Wire.InstanceSummary> SetLabels(Wire.SetLabelsRequest request, ServerCallContext context)
    {
        Named(request.Resource, request.Instance).Labels("labels", request.Labels, out var labels).Done();
        // Who mistypes a name must not add an instance to the lists that never was and never goes.
        if (!(await grains.Resource(new ResourceId(request.Resource)).Show()).Exists) throw ResourcesService.Unknown(request.Resource);
        return Wires.Summary(await grains.Instance(new InstanceId(request.Resource, request.Instance)).Label(labels, Caller.Of(context)));
    }

    private static void Ports(Check check, RepeatedField<Wire.PublishedPort> ports)
    {
        for (var i = 0; i < ports.Count; i++)
        {
            check.That(ports[i].HostPort is > 0 and <= 65535, $"ports[{i}].hostPort", "expected 1 to 65535");
            check.That(ports[i].ServicePort.Length is > 0 and <= 63, $"ports[{i}].servicePort", "expected the name of a port of the service");
            check.That(ports.Take(i).All(p => p.HostPort != ports[i].HostPort), $"ports[{i}].hostPort", "is given twice");
        }
    }

    private string ChangeId(string requestId) => requestId.Length > 0 ? requestId : Guid.CreateVersion7(time.GetUtcNow()).ToString("n");

    private static Wire.Change Answer(ChangeAnswer answer) => answer switch
    {
        { Kind: ChangeAnswerKind.Accepted, Change: { } change } => Wires.Of(change),
        { Kind: ChangeAnswerKind.Busy } => throw new Refusal(StatusCode.Aborted, Word(answer, "BUSY"), answer.Detail).ToException(),
        { Kind: ChangeAnswerKind.NotFound } => throw new Refusal(StatusCode.NotFound, Word(answer, "NOT_FOUND"), answer.Detail).ToException(),
        _ => throw new Refusal(StatusCode.FailedPrecondition, Word(answer, "REFUSED"), answer.Detail).ToException(),
    };

    private static string Word(ChangeAnswer answer, string otherwise) => answer.Reason.Length > 0 ? answer.Reason : otherwise;

    private static Check Named(string resource, string instance) => new Check().Name("resource", resource).Name("instance", instance);

    private static InstanceId InstanceOf(string resource, string instance)
    {
        Named(resource, instance).Done();
        return new InstanceId(resource, instance);
    }

    private static RpcException UnknownInstance(InstanceId id) =>
        new Refusal(StatusCode.NotFound, "INSTANCE_UNKNOWN", $"nothing is known of instance {id}").ToException();
}
