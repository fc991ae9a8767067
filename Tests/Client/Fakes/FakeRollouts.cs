using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Fakes;

internal sealed class FakeRollouts(FakeFleet fleet) : Protocol.V1.Rollouts.RolloutsBase
{
    public override Task<RolloutPlan> Plan(PlanRolloutRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(fleet.Plan);
    }

    public override Task<Rollout> Create(CreateRolloutRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        var begun = fleet.BeginRollout(request);
        return Task.FromResult(fleet.Rollouts.GetOrAdd(begun.Id, begun));
    }

    public override Task<Rollout> Get(GetRolloutRequest request, ServerCallContext context) => Task.FromResult(FakeFleet.Find(fleet.Rollouts, request.Rollout));

    public override Task<ListRolloutsResponse> List(ListRolloutsRequest request, ServerCallContext context)
    {
        var (page, next) = FakePages.Page(fleet, request, fleet.Rollouts.Values.Where(r => !request.Active || r.Ended is null).OrderByDescending(r => r.Id), request.PageToken);
        return Task.FromResult(new ListRolloutsResponse { Rollouts = { page }, NextPageToken = next });
    }

    public override Task<ListTargetsResponse> ListTargets(ListTargetsRequest request, ServerCallContext context)
    {
        FakeFleet.Find(fleet.Rollouts, request.Rollout);
        var (page, next) = FakePages.Page(fleet, request, fleet.Targets.Where(t => request.State is TargetState.Unspecified || t.State == request.State), request.PageToken);
        return Task.FromResult(new ListTargetsResponse { Targets = { page }, NextPageToken = next });
    }

    public override Task<Rollout> Pause(ControlRolloutRequest request, ServerCallContext context) => Control(request, RolloutPhase.Paused);

    public override Task<Rollout> Resume(ControlRolloutRequest request, ServerCallContext context) => Control(request, RolloutPhase.Dispatching);

    public override Task<Rollout> Stop(ControlRolloutRequest request, ServerCallContext context) => Control(request, RolloutPhase.Stopping);

    public override Task<Rollout> Kill(ControlRolloutRequest request, ServerCallContext context) => Control(request, RolloutPhase.Stopping);

    public override Task<Rollout> RollBack(ControlRolloutRequest request, ServerCallContext context) => Control(request, RolloutPhase.RollingBack);

    public override Task<Rollout> Retry(ControlRolloutRequest request, ServerCallContext context) => Control(request, RolloutPhase.Dispatching);

    public override Task Watch(GetRolloutRequest request, IServerStreamWriter<Rollout> responseStream, ServerCallContext context) =>
        fleet.Watch(request, responseStream, context);

    private Task<Rollout> Control(ControlRolloutRequest request, RolloutPhase phase)
    {
        fleet.Asked.Enqueue(request);
        var now = FakeFleet.Find(fleet.Rollouts, request.Rollout).Clone();
        (now.Phase, now.Reason) = (phase, phase == RolloutPhase.Paused ? "PAUSED_BY_OPERATOR" : "");
        fleet.Set(now);
        return Task.FromResult(now);
    }
}

internal sealed class FakeScheduling(FakeFleet fleet) : Scheduling.SchedulingBase
{
    public override Task<Freeze> CreateFreeze(CreateFreezeRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(fleet.Freezes.GetOrAdd(request.Freeze, new Freeze { Id = request.Freeze, Labels = { request.Labels }, Reason = request.Reason, By = "admin" }));
    }

    public override Task<Freeze> LiftFreeze(LiftFreezeRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        var freeze = FakeFleet.Find(fleet.Freezes, request.Freeze).Clone();
        freeze.LiftedBy = "admin";
        fleet.Freezes[request.Freeze] = freeze;
        return Task.FromResult(freeze);
    }

    public override Task<ListFreezesResponse> ListFreezes(ListFreezesRequest request, ServerCallContext context)
    {
        var (page, next) = FakePages.Page(fleet, request, fleet.Freezes.Values.Where(f => !request.Active || f.LiftedBy.Length == 0).OrderBy(f => f.Id), request.PageToken);
        return Task.FromResult(new ListFreezesResponse { Freezes = { page }, NextPageToken = next });
    }

    public override Task<Budget> SetBudget(SetBudgetRequest request, ServerCallContext context)
    {
        fleet.Asked.Enqueue(request);
        return Task.FromResult(fleet.Budgets[request.Application] = new Budget { Application = request.Application, MaxOutOfService = request.MaxOutOfService });
    }

    public override Task<Budget> GetBudget(GetBudgetRequest request, ServerCallContext context) =>
        Task.FromResult(fleet.Budgets.GetValueOrDefault(request.Application) ?? new Budget { Application = request.Application });
}
