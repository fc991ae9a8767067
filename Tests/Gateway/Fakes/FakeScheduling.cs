using System.Collections.Immutable;
using Fleet.Applications;
using Fleet.Resources;
using Fleet.Scheduling;

namespace Fleet.Gateway.Fakes;

public sealed class FakeScheduler : ISchedulerGrain
{
    public SortedList<string, FreezeView> All { get; } = new(StringComparer.Ordinal);

    public FreezeAnswer? NextAnswer { get; set; }

    public Task Admit(Applicant applicant) => throw new NotSupportedException();

    public Task Hold(string rollout) => throw new NotSupportedException();

    public Task Leave(string rollout) => throw new NotSupportedException();

    public Task<Permit> Permit(string rollout) => throw new NotSupportedException();

    public Task<FreezeAnswer> Freeze(FreezeView freeze)
    {
        if (NextAnswer is { } answer) return Task.FromResult(answer);
        All[freeze.Id] = freeze;
        return Task.FromResult(new FreezeAnswer(freeze));
    }

    public Task<FreezeView?> Lift(string freeze, string by, string reason)
    {
        if (!All.TryGetValue(freeze, out var known)) return Task.FromResult<FreezeView?>(null);
        All[freeze] = known with { Lifted = known.Since, LiftedBy = by };
        return Task.FromResult<FreezeView?>(All[freeze]);
    }

    public Task<ImmutableArray<FreezeView>> Freezes(string after, int count, bool active) => Task.FromResult<ImmutableArray<FreezeView>>(
        [.. All.Values.Where(f => string.CompareOrdinal(f.Id, after) > 0 && (!active || f.Lifted is null)).Take(count)]);
}

public sealed class FakeApplication(string name) : IApplicationGrain
{
    public BudgetView View { get; set; } = new(name, null, []);

    public Task<BudgetView> SetBudget(int most, string by, string reason)
    {
        View = View with { Most = most };
        return Task.FromResult(View);
    }

    public Task<ImmutableArray<Instances.InstanceId>> Take(SlotRequest request) => throw new NotSupportedException();

    public Task GiveBack(string holder, ImmutableArray<Instances.InstanceId> instances) => throw new NotSupportedException();

    public Task<BudgetView> Budget() => Task.FromResult(View);
}

public sealed class FakeHold(string resource) : IHoldGrain
{
    public HoldRequest? Asked { get; private set; }

    public HoldAnswer? NextAnswer { get; set; }

    public Task<HoldAnswer> Hold(HoldRequest request)
    {
        Asked = request;
        return Task.FromResult(NextAnswer ?? new HoldAnswer(View(HoldPhase.Held)));
    }

    public Task<HoldAnswer> Release(string hold, string by) => Task.FromResult(NextAnswer ?? new HoldAnswer(View(HoldPhase.Released)));

    public Task<HoldView> Show() => Task.FromResult(View(Asked is null ? HoldPhase.None : HoldPhase.Held));

    private HoldView View(HoldPhase phase) => new()
    {
        Resource = resource,
        Hold = Asked?.Hold ?? "",
        Phase = phase,
        By = Asked?.By ?? "",
        Reason = Asked?.Reason ?? "",
        Until = Asked?.Until,
    };
}
