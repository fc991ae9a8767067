using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>Campaigns that bring one patch to its targets, wave by wave.</summary>
public sealed class FleetRollouts
{
    private readonly FleetConnection _connection;
    private readonly Rollouts.RolloutsClient _rollouts;

    internal FleetRollouts(FleetConnection connection) => (_connection, _rollouts) = (connection, new Rollouts.RolloutsClient(connection.Invoker));

    /// <summary>Shows what a rollout would do, and changes nothing. That it could not be started is an answer (<see cref="RolloutPlan.Refusal"/>) and no failure.</summary>
    /// <param name="id">
    /// The id that the rollout would have: it decides which instance is in which wave. Null lets the engine choose one; created
    /// with the plan's <see cref="RolloutPlan.Rollout"/>, a rollout has the planned waves.
    /// </param>
    /// <exception cref="FleetException">The request is malformed, or the engine can't be asked.</exception>
    public Task<RolloutPlan> Plan(RolloutSpec spec, string? id = null, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _rollouts.PlanAsync(new PlanRolloutRequest { Rollout = id ?? "", Spec = spec }, call), cancel);

    /// <summary>
    /// Starts a rollout. Without an id it gets one here, so that a repetition on the way starts no second one; with your own,
    /// your repetitions are as safe.
    /// </summary>
    /// <param name="id">At most 48 letters, digits and <c>.-_</c>, beginning with a letter or digit; null chooses one.</param>
    /// <exception cref="FleetException">The engine refused: e.g. the patch is unknown, quarantined or expired, or the id belongs to another rollout.</exception>
    public Task<Rollout> Create(RolloutSpec spec, string? id = null, CancellationToken cancel = default)
    {
        var request = new CreateRolloutRequest { Rollout = string.IsNullOrEmpty(id) ? FleetConnection.NewId() : id, Spec = spec };
        return _connection.Call(Repeat.Safe, call => _rollouts.CreateAsync(request, call), cancel);
    }

    /// <summary>A rollout as it stands.</summary>
    /// <exception cref="FleetException">There is none with this id.</exception>
    public Task<Rollout> Get(string rollout, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _rollouts.GetAsync(new GetRolloutRequest { Rollout = rollout }, call), cancel);

    /// <summary>All rollouts, newest first; page after page, as they are read.</summary>
    /// <param name="active">Only those that have not ended.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<Rollout> List(bool active = false, CancellationToken cancel = default) =>
        Pages.All((token, one) => ListPage(active, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="active">Only those that have not ended.</param>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<Rollout>> ListPage(bool active = false, int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListRolloutsRequest { Active = active, PageSize = (uint)size, PageToken = token };
        var page = await _connection.Call(Repeat.Safe, call => _rollouts.ListAsync(request, call), cancel);
        return new Page<Rollout>(page.Rollouts, page.NextPageToken);
    }

    /// <summary>Each instance that was looked at, in or out, with its reason and where it stands; page after page, as they are read.</summary>
    /// <param name="state">Only those; unspecified is any.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<Target> ListTargets(string rollout, TargetState state = TargetState.Unspecified, CancellationToken cancel = default) =>
        Pages.All((token, one) => ListTargetsPage(rollout, state, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="state">Only those; unspecified is any.</param>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<Target>> ListTargetsPage(string rollout, TargetState state = TargetState.Unspecified, int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListTargetsRequest { Rollout = rollout, State = state, PageSize = (uint)size, PageToken = token };
        var page = await _connection.Call(Repeat.Safe, call => _rollouts.ListTargetsAsync(request, call), cancel);
        return new Page<Target>(page.Targets, page.NextPageToken);
    }

    /// <summary>Nothing new is dispatched, at the latest 2 s later; changes in flight go on. Safe to repeat.</summary>
    /// <exception cref="FleetException">It has ended, or there is none with this id.</exception>
    public Task<Rollout> Pause(string rollout, string reason = "", CancellationToken cancel = default) => Control(Repeat.Safe, _rollouts.PauseAsync, rollout, reason, cancel);

    /// <summary>Goes on after a pause. Safe to repeat.</summary>
    /// <exception cref="FleetException">It has ended, or there is none with this id.</exception>
    public Task<Rollout> Resume(string rollout, string reason = "", CancellationToken cancel = default) => Control(Repeat.Safe, _rollouts.ResumeAsync, rollout, reason, cancel);

    /// <summary>Ends it gracefully: nothing new is dispatched, changes in flight end as they will, and verified ones stay. Safe to repeat.</summary>
    /// <exception cref="FleetException">There is none with this id.</exception>
    public Task<Rollout> Stop(string rollout, string reason = "", CancellationToken cancel = default) => Control(Repeat.Safe, _rollouts.StopAsync, rollout, reason, cancel);

    /// <summary>Ends it by force: nothing new is dispatched, and changes in flight are taken back; verified ones stay. Safe to repeat.</summary>
    /// <exception cref="FleetException">There is none with this id.</exception>
    public Task<Rollout> Kill(string rollout, string reason = "", CancellationToken cancel = default) => Control(Repeat.Safe, _rollouts.KillAsync, rollout, reason, cancel);

    /// <summary>Takes back all that it changed, done waves in reverse. Safe to repeat.</summary>
    /// <exception cref="FleetException">There is nothing to take back, or no rollout with this id.</exception>
    public Task<Rollout> RollBack(string rollout, string reason = "", CancellationToken cancel = default) => Control(Repeat.Safe, _rollouts.RollBackAsync, rollout, reason, cancel);

    /// <summary>
    /// Tries the failed targets of a rollout that waits for a person again. Never repeated by itself: when they fail once more
    /// before the repetition comes, that would be another retry.
    /// </summary>
    /// <exception cref="FleetException">It doesn't wait for a person, or there is none with this id.</exception>
    public Task<Rollout> Retry(string rollout, string reason = "", CancellationToken cancel = default) => Control(Repeat.Never, _rollouts.RetryAsync, rollout, reason, cancel);

    /// <summary>
    /// The rollout now, and again whenever it changed, until it has ended: the last state is always the end. When the
    /// connection breaks it is made anew; states in between may be missing then.
    /// </summary>
    /// <exception cref="FleetException">There is none with this id, or the engine stayed away for longer than <see cref="FleetClientOptions.Patience"/>.</exception>
    public IAsyncEnumerable<Rollout> Watch(string rollout, CancellationToken cancel = default)
    {
        var request = new GetRolloutRequest { Rollout = rollout };
        return new Watch<Rollout>(_connection, call => _rollouts.Watch(request, call), isLast: now => now.Phase.HasEnded()).Run(cancel);
    }

    /// <summary>Follows a rollout until it has ended, and tells every state of it that was seen on the way.</summary>
    /// <exception cref="FleetException">As for <see cref="Watch"/>. That it ended badly is no failure: look at its phase.</exception>
    public async Task<Rollout> WaitForEnd(string rollout, Action<Rollout>? seen = null, CancellationToken cancel = default)
    {
        Rollout? last = null;
        await foreach (var now in Watch(rollout, cancel))
        {
            last = now;
            seen?.Invoke(now);
        }
        return last!;
    }

    private Task<Rollout> Control(
        Repeat repeat, Func<ControlRolloutRequest, Grpc.Core.CallOptions, Grpc.Core.AsyncUnaryCall<Rollout>> how, string rollout, string reason, CancellationToken cancel) =>
        _connection.Call(repeat, call => how(new ControlRolloutRequest { Rollout = rollout, Reason = reason }, call), cancel);
}
