using Fleet.Committing;
using Fleet.Instances;
using Fleet.Scheduling;

namespace Fleet.Applications;

/// <summary>Keeps what <see cref="Applications.Budget"/> decides.</summary>
[GrainType("application")]
internal sealed class ApplicationGrain(
    [PersistentState("application", "fleet")] IPersistentState<ApplicationState> stored,
    IOutlet outlet,
    TimeProvider time,
    ILogger<ApplicationGrain> log) : Grain, IApplicationGrain, IDueTarget
{
    private Commitments<ApplicationState> commitments = null!;
    private ImmutableArray<TurnedAway> turnedAway = [];

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, _ => null, DeactivateOnIdle, time, log);
        await commitments.Resume();
    }

    public async Task<BudgetView> SetBudget(int most, string by, string reason)
    {
        var (state, effects) = Applications.Budget.Set(stored.State, Name, most, by, reason, time.GetUtcNow());
        await commitments.Commit(state, effects);
        return await Budget();
    }

    public async Task<ImmutableArray<InstanceId>> Take(SlotRequest request)
    {
        var now = time.GetUtcNow();
        var (state, granted) = Applications.Budget.Take(stored.State, request, turnedAway, now);
        await commitments.Commit(state);
        turnedAway = Applications.Budget.Remember(turnedAway, request, granted.Length, now);
        return granted;
    }

    public Task GiveBack(string holder, ImmutableArray<InstanceId> instances) =>
        commitments.Commit(Applications.Budget.GiveBack(stored.State, holder, instances));

    public Task<BudgetView> Budget() => Task.FromResult(Applications.Budget.View(stored.State, Name, time.GetUtcNow()));

    public Task Due() => commitments.Settle();
}
