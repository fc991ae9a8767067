using Fleet.Instances;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Hosting;

namespace Fleet.Gateway.Api;

/// <summary>Changes of instances, and what they are now.</summary>
internal sealed class InstancesService(IGrainFactory grains, TimeProvider time, IHostApplicationLifetime host) : Wire.Instances.InstancesBase
{
    private const int LongestReason = 1024;
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
            .Text("reason", request.Reason, LongestReason)
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
        }));
    }

    public override async Task<Wire.Change> RollBack(Wire.RollBackRequest request, ServerCallContext context)
    {
        Named(request.Resource, request.Instance)
            .ChosenId("requestId", request.RequestId)
            .ChangeId("change", request.Change)
            .Text("reason", request.Reason, LongestReason)
            .Done();

        return Answer(await grains.Instance(new InstanceId(request.Resource, request.Instance)).RollBack(new RollBack
        {
            Change = ChangeId(request.RequestId),
            Undoes = request.Change,
            By = Caller.Of(context),
            Reason = request.Reason,
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
        // An open stream must not delay a stop of the engine.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        try
        {
            await using var watch = new InstanceWatch(grains, id, time);
            await foreach (var view in watch.Views(end.Token))
            {
                if (!view.Exists) throw UnknownInstance(id);
                await responseStream.WriteAsync(Wires.Of(view), end.Token);
            }
        }
        catch (OperationCanceledException) when (host.ApplicationStopping.IsCancellationRequested)
        {
            throw new Refusal(StatusCode.Unavailable, "ENGINE_STOPPING", "the engine is stopping: watch again when it is back").ToException();
        }
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
