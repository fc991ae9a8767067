using Fleet.Committing;
using Fleet.Images;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;
using Fleet.Telemetry;
using Microsoft.Extensions.Options;

namespace Fleet.Instances;

/// <summary>Loads, asks <see cref="Instance"/> and <see cref="Requests"/> what to do, commits it, and tells the watchers.</summary>
[GrainType("instance")]
internal sealed partial class InstanceGrain(
    [PersistentState("instance", "fleet")] IPersistentState<InstanceState> stored,
    [PersistentState("inventory", "fleet")] IPersistentState<InventoryState> inventory,
    IOutlet outlet,
    Publishers publishers,
    FleetInstruments instruments,
    IOptions<InstanceOptions> options,
    TimeProvider time,
    ILogger<InstanceGrain> log) : Grain, IInstanceGrain, IDueTarget
{
    private readonly Watchers<IInstanceWatcher, InstanceView> watchers = new((watcher, view) => watcher.Changed(view));
    private WaitingLine line = WaitingLine.Empty;
    private InstanceId id = null!;
    private Sight sight = null!;
    private Commitments<InstanceState> commitments = null!;

    private Moment Now => new(id, sight, options.Value, time.GetUtcNow());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        id = InstanceId.Parse(this.GetPrimaryKeyString());
        sight = new(time.GetUtcNow());
        commitments = new(stored, this.GetGrainId(), outlet, state => Instance.Deadline(state, sight), DeactivateOnIdle, time, log);
        await commitments.Resume();
    }

    public async Task<ChangeAnswer> Apply(ApplyPatch request)
    {
        var image = GrainFactory.Image(request.Image);
        var patch = await image.Patch(request.Patch);
        var verified = patch is null ? null : publishers.Verify(patch.Envelope, time.GetUtcNow());
        var runs = verified?.Patch is { } content ? Admission.Runs(Aftermath.InForce(stored.State, Now), content) : null;
        var version = runs is null ? null : await image.Version(runs);
        var connected = !request.OnlyWhenSeen || await GrainFactory.Resource(new(id.Resource)).IsConnected();
        var reply = Requests.Apply(stored.State, new(request, patch, verified, version, line.Ahead(request, time.GetUtcNow()), connected), Now);
        line = line.After(request, reply.Kind, time.GetUtcNow());
        return await Reply(reply);
    }

    public Task<ChangeAnswer> RollBack(RollBack request) => Reply(Requests.RollBack(stored.State, request, Now));

    public Task Observe(InstanceFacts facts)
    {
        var now = time.GetUtcNow();
        sight = sight.Saw(facts, stored.State.InFlight is not null, now);
        return Follow(Instance.Looked(stored.State, Now), seen: true);
    }

    public Task Progress(ChangeProgress progress) => Follow(Instance.Told(stored.State, progress, Now));

    public Task Answer(DirectiveAnswer answer) => Follow(Instance.Answered(stored.State, answer, Now));

    public async Task Due()
    {
        await Follow(Instance.Looked(stored.State, Now));
        await commitments.Settle();
    }

    public async Task<InstanceView> Label(Labels labels, string by)
    {
        await Follow(Instance.Labelled(stored.State, labels, by, Now));
        return View();
    }

    public async Task<bool> Lend(LeaseRequest request)
    {
        if (Instance.Lent(stored.State, request, Now) is not { } lent) return false;
        await Follow(lent);
        return true;
    }

    public Task Return(string holder) => Follow(Instance.Returned(stored.State, holder));

    public async Task Inventory(ImmutableArray<string> packages)
    {
        if (inventory.State.Packages.SequenceEqual(packages)) return;
        await inventory.Replace(inventory.State with { Packages = packages }, DeactivateOnIdle);
        Tell();
    }

    public Task<InstanceView> Show() => Task.FromResult(View());

    public Task<ChangeView?> Change(string change) => Task.FromResult(stored.State.Find(change)?.View(id));

    public Task<InstanceView> Watch(IInstanceWatcher watcher)
    {
        watchers.Add(watcher, time.GetUtcNow());
        return Task.FromResult(View());
    }

    public Task Unwatch(IInstanceWatcher watcher)
    {
        watchers.Remove(watcher);
        return Task.CompletedTask;
    }

    private async Task<ChangeAnswer> Reply(Reply reply)
    {
        await Follow(reply.Decision);
        return reply.Answer(id);
    }

    private async Task Follow(Decision decision, bool seen = false)
    {
        var before = stored.State;
        var listed = Instance.Listed(before, decision, Now);
        await commitments.Commit(listed.State, listed.Effects);
        Note(before, stored.State);
        if (before.Lease is not null && stored.State.Lease is null) TellLine();
        if (seen || !ReferenceEquals(before, stored.State)) Tell();
    }

    private InstanceView View() => stored.State.View(inventory.State, Now);

    // Hints: who doesn't get one looks by itself after a while.
    private void TellLine()
    {
        foreach (var owner in line.Owners(time.GetUtcNow())) _ = Hint(owner).Free(id);
    }

    private IRolloutShardGrain Hint(ChangeOwner owner) => GrainFactory.RolloutShard(owner.Rollout, owner.Shard);

    private void Tell()
    {
        if (watchers.Any) watchers.Tell(View(), time.GetUtcNow());
    }

    private void Note(InstanceState before, InstanceState after)
    {
        foreach (var change in after.Changes)
        {
            var was = before.Changes.FirstOrDefault(c => c.Id == change.Id);
            if (was?.Phase == change.Phase) continue;
            instruments.Changed(change);
            ChangeTraces.Told(id, change);
            if (change.Owner is { } owner) _ = Hint(owner).Moved(change.View(id));
            using var traced = ChangeTraces.Scope(log, change);
            LogPhase(id.ToString(), change.Id, was?.Phase ?? ChangePhase.Unspecified, change.Phase, change.Detail, change.Reason);
            if (change.Phase == ChangePhase.NeedsHuman) LogNeedsHuman(id.ToString(), change.Id, change.Reason, change.Detail);
        }
    }

    [LoggerMessage(LogLevel.Information, "Change {Change} of {Instance} went from {Before} to {After}: {Detail} {Reason}")]
    private partial void LogPhase(string instance, string change, ChangePhase before, ChangePhase after, string detail, string reason);

    [LoggerMessage(LogLevel.Error, "Change {Change} of {Instance} needs a person: {Reason} {Detail}")]
    private partial void LogNeedsHuman(string instance, string change, string reason, string detail);
}
