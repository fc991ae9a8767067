using Fleet.Scheduling;

namespace Fleet.Rollouts;

/// <summary>Says what a rollout would do; keeps nothing.</summary>
[GrainType("planner")]
internal sealed class PlannerGrain(Planner planner) : Grain, IPlannerGrain
{
    public async Task<RolloutPlan> Plan(string rollout, RolloutSpec spec) =>
        (await planner.Plan(rollout, spec)).Plan with { WaitsFor = await Waits(spec) };

    private async Task<ImmutableArray<string>> Waits(RolloutSpec spec) =>
    [
        .. (await GrainFactory.Scheduler().Freezes("", 1000, active: true))
            .Where(f => f.Labels.All.IsEmpty || spec.Lane != Lane.Emergency)
            .Select(Fleet.Scheduling.Scheduler.Words),
    ];
}
