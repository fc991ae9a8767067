using Fleet.Committing;
using Fleet.Instances;
using Fleet.Roster;
using Fleet.Scheduling;

namespace Fleet.Resources;

/// <summary>Takes leases one after the other, as <see cref="Resources.Hold"/> decides; who finds one taken tries again.</summary>
[GrainType("hold")]
internal sealed class HoldGrain(
    [PersistentState("hold", "fleet")] IPersistentState<HoldState> stored,
    IOutlet outlet,
    TimeProvider time,
    ILogger<HoldGrain> log) : Grain, IHoldGrain, IDueTarget
{
    private const int MostInstances = 1000;
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(2);

    private Commitments<HoldState> commitments = null!;

    private string Resource => this.GetPrimaryKeyString();
    private DateTimeOffset Now => time.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, Deadline, DeactivateOnIdle, time, log);
        await commitments.Resume();
    }

    public async Task<HoldAnswer> Hold(HoldRequest request)
    {
        var begun = Resources.Hold.Begin(stored.State, Resource, request, await Instances(), Now);
        await commitments.Commit(begun.State, begun.Effects);
        await Take();
        return new(View(), begun.Refusal, begun.Detail);
    }

    public async Task<HoldAnswer> Release(string hold, string by)
    {
        var before = stored.State;
        var released = Resources.Hold.Release(before, Resource, hold, by, Now);
        await commitments.Commit(released.State, released.Effects);
        if (released.Refusal == "") await GiveBack();
        return new(View(), released.Refusal, released.Detail);
    }

    public Task<HoldView> Show() => Task.FromResult(View());

    public async Task Due()
    {
        var looked = Resources.Hold.Look(stored.State, Resource, Now);
        await commitments.Commit(looked.State, looked.Effects);
        await Take();
        await commitments.Settle();
    }

    private async Task Take()
    {
        while (stored.State.Phase == HoldPhase.Taking && Resources.Hold.IsOpen(stored.State, Now))
        {
            var state = stored.State;
            var instance = GrainFactory.Instance(new(Resource, state.Instances[state.Taken]));
            if (!await instance.Lend(new(state.Hold, state.Until))) return;
            var took = Resources.Hold.Took(state, Resource, Now);
            await commitments.Commit(took.State, took.Effects);
        }
    }

    // Those that aren't given back now end by themselves, when the hold would have.
    private Task GiveBack() => Task.WhenAll(stored.State.Instances.Select(name => GrainFactory.Instance(new(Resource, name)).Return(stored.State.Hold)));

    private async Task<ImmutableArray<string>> Instances()
    {
        var pages = await Task.WhenAll(Enumerable.Range(0, RosterGrains.Shards).Select(shard => GrainFactory.Roster(shard).Page($"{Resource}/", MostInstances, new())));
        return [.. pages.SelectMany(p => p).Where(e => e.Id.Resource == Resource).Select(e => e.Id.Name)];
    }

    private DateTimeOffset? Deadline(HoldState state) => state.Phase switch
    {
        HoldPhase.Taking => Now + TryAgain < state.Until ? Now + TryAgain : state.Until,
        HoldPhase.Held => state.Until,
        _ => null,
    };

    private HoldView View() => Resources.Hold.View(stored.State, Resource, Now);
}
