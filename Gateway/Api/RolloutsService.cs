using System.Globalization;
using Fleet.Rollouts;
using Fleet.Roster;
using Fleet.Telemetry;

namespace Fleet.Gateway.Api;

/// <summary>Rollouts: what they would do, what they do, and control of them.</summary>
internal sealed class RolloutsService(IGrainFactory grains, PageTokens tokens, Following following, TimeProvider time) : Wire.Rollouts.RolloutsBase
{
    // So many rollouts are looked at for one page, and so many times targets are asked for: a page may be short, and its token goes on.
    private const int MostLookedAt = 2000;
    private const int MostTargetReads = 16;

    public override async Task<Wire.RolloutPlan> Plan(Wire.PlanRolloutRequest request, ServerCallContext context)
    {
        new Check().Chosen(request.Rollout).Spec(request.Spec, out var spec).Done();
        var id = IdOf(request.Rollout);
        return Wires.Of(id, await grains.Planner(spec.Image).Plan(id, spec));
    }

    public override async Task<Wire.Rollout> Create(Wire.CreateRolloutRequest request, ServerCallContext context)
    {
        new Check().Chosen(request.Rollout).Spec(request.Spec, out var spec).Done();
        var id = IdOf(request.Rollout);
        return Answer(id, await grains.Rollout(id).Create(spec with { Trace = TraceContext.Current }, Caller.Of(context)));
    }

    public override async Task<Wire.Rollout> Get(Wire.GetRolloutRequest request, ServerCallContext context)
    {
        new Check().Rollout(request.Rollout).Done();
        return Wires.Of(await grains.Rollout(request.Rollout).Show() ?? throw Unknown(request.Rollout));
    }

    public override async Task<Wire.ListRolloutsResponse> List(Wire.ListRolloutsRequest request, ServerCallContext context)
    {
        new Check().Page(tokens, Page.ListingOf("rollouts", $"{request.Active}"), request.PageSize, request.PageToken, out var page).Done();

        var names = grains.Names(Listing.Rollouts, page);
        var (found, last, lookedAt) = (new List<(string Key, Wire.Rollout Rollout)>(), page.After, 0);
        while (found.Count < page.Size && lookedAt < MostLookedAt)
        {
            var next = await names.Take(page.Size - found.Count, context.CancellationToken);
            if (next.IsEmpty) break;
            var shown = await Task.WhenAll(next.Select(n => grains.Rollout(n.Name).Show()));
            found.AddRange(next.Zip(shown)
                .Where(r => r.Second is { } view && !(request.Active && view.Phase.IsTerminal()))
                .Select(r => (r.First.Key, Wires.Of(r.Second!))));
            (last, lookedAt) = (next[^1].Key, lookedAt + next.Length);
        }

        var fits = Page.Fitting(found.Select(r => r.Rollout));
        var response = new Wire.ListRolloutsResponse();
        response.Rollouts.AddRange(found.Take(fits).Select(r => r.Rollout));
        if (fits < found.Count) response.NextPageToken = tokens.Write(page.Listing, found[fits - 1].Key);
        else if (await names.More(context.CancellationToken)) response.NextPageToken = tokens.Write(page.Listing, last);
        return response;
    }

    public override async Task<Wire.ListTargetsResponse> ListTargets(Wire.ListTargetsRequest request, ServerCallContext context)
    {
        new Check()
            .Rollout(request.Rollout)
            .Known("state", request.State)
            .Page(tokens, Page.ListingOf("targets", request.Rollout, $"{request.State}"), request.PageSize, request.PageToken, out var page)
            .Done();
        var rollout = grains.Rollout(request.Rollout);
        if (await rollout.Show() is null) throw Unknown(request.Rollout);

        var response = new Wire.ListTargetsResponse();
        int? position = page.After.Length == 0 ? 0 : int.Parse(page.After, CultureInfo.InvariantCulture);
        for (var reads = 0; position is { } from && response.Targets.Count < page.Size && reads < MostTargetReads; reads++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var part = await rollout.Targets(from, page.Size - response.Targets.Count, (TargetState)request.State);
            response.Targets.AddRange(part.Targets.Select(Wires.Of));
            position = part.Next;
        }

        if (position is { } next) response.NextPageToken = tokens.Write(page.Listing, next.ToString(CultureInfo.InvariantCulture));
        return response;
    }

    public override Task<Wire.Rollout> Pause(Wire.ControlRolloutRequest request, ServerCallContext context) => Control(RolloutVerb.Pause, request, context);

    public override Task<Wire.Rollout> Resume(Wire.ControlRolloutRequest request, ServerCallContext context) => Control(RolloutVerb.Resume, request, context);

    public override Task<Wire.Rollout> Stop(Wire.ControlRolloutRequest request, ServerCallContext context) => Control(RolloutVerb.Stop, request, context);

    public override Task<Wire.Rollout> Kill(Wire.ControlRolloutRequest request, ServerCallContext context) => Control(RolloutVerb.Kill, request, context);

    public override Task<Wire.Rollout> RollBack(Wire.ControlRolloutRequest request, ServerCallContext context) => Control(RolloutVerb.RollBack, request, context);

    public override Task<Wire.Rollout> Retry(Wire.ControlRolloutRequest request, ServerCallContext context) => Control(RolloutVerb.Retry, request, context);

    public override async Task Watch(Wire.GetRolloutRequest request, IServerStreamWriter<Wire.Rollout> responseStream, ServerCallContext context)
    {
        new Check().Rollout(request.Rollout).Done();
        await using var watch = new RolloutWatch(grains, request.Rollout, time);
        await following.Follow(
            watch.Views, view => Wires.Of(view ?? throw Unknown(request.Rollout)), view => view!.Phase.IsTerminal(), responseStream, context);
    }

    private async Task<Wire.Rollout> Control(RolloutVerb verb, Wire.ControlRolloutRequest request, ServerCallContext context)
    {
        new Check().Rollout(request.Rollout).Reason(request.Reason).Done();
        return Answer(request.Rollout, await grains.Rollout(request.Rollout).Control(new RolloutControl(verb, Caller.Of(context), request.Reason)));
    }

    private static Wire.Rollout Answer(string rollout, RolloutAnswer answer) => answer switch
    {
        { Kind: RolloutAnswerKind.Accepted, Rollout: { } view } => Wires.Of(view),
        { Kind: RolloutAnswerKind.NotFound } => throw Unknown(rollout),
        _ => throw GrainRefusal.Of(answer.Reason, answer.Detail),
    };

    private string IdOf(string chosen) => chosen.Length > 0 ? chosen : Guid.CreateVersion7(time.GetUtcNow()).ToString("n");

    private static RpcException Unknown(string rollout) => new Refusal(StatusCode.NotFound, "ROLLOUT_UNKNOWN", $"there is no rollout '{rollout}'").ToException();
}

/// <summary>Rules for ids of rollouts.</summary>
file static class RolloutChecks
{
    public static Check Rollout(this Check check, string id) => check.PathId("rollout", id, RolloutSpecs.LongestId);

    /// <summary>Empty lets the gateway choose.</summary>
    public static Check Chosen(this Check check, string id) => id.Length == 0 ? check : check.Rollout(id);
}
