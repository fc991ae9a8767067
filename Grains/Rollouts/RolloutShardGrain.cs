using Fleet.Applications;
using Fleet.Committing;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Scheduling;

namespace Fleet.Rollouts;

/// <summary>
/// Does what <see cref="Shard"/> decides, on its own clock: each round takes what it heard, looks for what it didn't hear
/// of, and dispatches or takes back a few.
/// </summary>
/// <remarks>
/// The spine is <see cref="Round"/>. Instances are called and never awaited by in return: what they tell comes one way and
/// waits for the next round, so nothing waits in a circle.
/// </remarks>
[GrainType("rollout-shard")]
internal sealed partial class RolloutShardGrain(
    [PersistentState("rollout-shard", "fleet")] IPersistentState<ShardState> stored,
    IOutlet outlet,
    Uptime uptime,
    TimeProvider time,
    ILogger<RolloutShardGrain> log) : Grain, IRolloutShardGrain, IDueTarget
{
    /// <summary>So many instances are called at once.</summary>
    private const int AtOnce = 128;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>What comes within so short a time is taken together.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>So often an active shard is woken at least, should it fall asleep or its engine end.</summary>
    private static readonly TimeSpan Awake = TimeSpan.FromSeconds(30);

    private readonly Dictionary<InstanceId, ImmutableArray<ChangeView>> moved = [];
    private readonly Held held = new();
    private Commitments<ShardState> commitments = null!;
    private Permit permit = new(PermitOutcome.NotAdmitted, "no permit yet", []);
    private DateTimeOffset permitUntil;
    private IGrainTimer? timer;
    private DateTimeOffset? armed;
    private long version;
    private bool changed = true;
    private string waitsFor = "";
    private DateTimeOffset keepSlotsAt;
    private ImmutableHashSet<InstanceId> inService = [];

    private ShardState State => stored.State;
    private DateTimeOffset Now => time.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, state => state.IsActive ? Now + Awake : null, DeactivateOnIdle, time, log);
        version = Now.UtcTicks;
        await commitments.Resume();
        Arm(TimeSpan.Zero);
    }

    public Task Enlist(ShardRoll roll) => Commit(Shard.Enlist(State, roll));

    public async Task Order(ShardOrder order)
    {
        await Commit(Shard.Ordered(State, order, Now));
        held.Clear();
        (waitsFor, changed) = ("", true);
        Arm(TimeSpan.Zero);
    }

    public Task Moved(ChangeView change)
    {
        moved[change.Instance] = [.. moved.GetValueOrDefault(change.Instance, []), change];
        held.Heard(change.Instance, Now);
        Arm(Gather);
        return Task.CompletedTask;
    }

    public Task Free(InstanceId instance)
    {
        held.MayTry(instance);
        Arm(Gather);
        return Task.CompletedTask;
    }

    public Task<ShardReport> Show() => Task.FromResult(Shard.Report(State, version, waitsFor, held.Reasons));

    public Task<ImmutableArray<TargetView>> Targets() => Task.FromResult<ImmutableArray<TargetView>>([.. Shard.Seen(State, held.Reasons).Select(t => new TargetView
    {
        Instance = t.Instance,
        State = t.State,
        Reason = t.Reason,
        Wave = t.Wave,
        Change = t.Change,
        Since = t.Since,
    })]);

    public async Task<WaveEvidence> Evidence(int wave)
    {
        var verified = State.Targets.Where(t => t.Wave > 0 && t.Wave <= wave && t.State == TargetState.Verified).Select(t => t.Instance);
        var views = await Task.WhenAll(verified.Select(id => GrainFactory.Instance(id).Show()));
        return views.Select(WaveEvidenceOf.Instance).Aggregate(new WaveEvidence(), (a, b) => a + b);
    }

    public async Task Due()
    {
        await Round();
        await commitments.Settle();
    }

    private async Task Round()
    {
        armed = null;
        var more = false;
        try
        {
            await TakeHints();
            await AskUnheard();
            more = await Dispatch() | await TakeBack();
            await GiveBack();
            await KeepSlots();
            Report();
        }
        finally
        {
            if (State.IsActive) Arm(more ? TimeSpan.Zero : Pace);
        }
    }

    private async Task TakeHints()
    {
        if (moved.Count == 0) return;
        var heard = moved.ToDictionary();
        moved.Clear();
        await Commit(Shard.Moved(State, heard, Now));
    }

    /// <summary>Those whose hints may have been lost, and those of which nobody knows whether they were begun.</summary>
    private async Task AskUnheard()
    {
        var now = Now;
        // Whatever was asked for under a permit is begun before it is over, or never: only then is "not begun" the last word.
        var unheard = State.Targets.Where(t => t.IsOpen && (t.Sent ? held.IsSilent(t.Instance, now) : now - t.Since >= Permit.Life)).Take(AtOnce).ToArray();
        if (unheard.Length == 0) return;

        var found = await Ask(unheard, async t =>
        {
            var instance = GrainFactory.Instance(t.Instance);
            return t is { State: TargetState.RollingBack, Failed: false } && await instance.Change(t.BackChange) is { } back ? back : await instance.Change(t.Change);
        });
        foreach (var target in found.Keys) held.Heard(target, now);
        await Commit(Shard.Found(State, found, Now));
        await CallOff([.. State.Targets.Where(t => t.State == TargetState.Dispatched && now - t.Since >= State.Spec!.OfflineGrace
            && found.GetValueOrDefault(t.Instance) is { Phase: ChangePhase.Requested })]);
    }

    // A device that went away before it took the change would hold its wave until the change is out of time.
    private async Task CallOff(Target[] unanswered)
    {
        // An engine that has just started has no sessions yet: that is no word of any device.
        if (unanswered.Length == 0 || Now < uptime.Warm) return;
        var connected = await Ask(unanswered, t => GrainFactory.Resource(new(t.Instance.Resource)).IsConnected());
        var away = unanswered.Where(t => connected.TryGetValue(t.Instance, out var there) && !there).ToArray();
        var answers = await Ask(away, t => GrainFactory.Instance(t.Instance).RollBack(new RollBack
        {
            Change = t.BackChange,
            Undoes = t.Change,
            By = $"rollout:{State.Rollout}",
            Reason = "the device went away before it took the change",
        }));
        await Commit(Shard.CalledOff(State, answers.Where(a => a.Value.Kind == ChangeAnswerKind.Accepted).Select(a => a.Key).ToHashSet(), Now));
    }

    private bool Dispatches => State.Order.Task is ShardTask.Dispatch or ShardTask.CatchUp;

    /// <summary>Begins the change of a few targets; true when more could be begun at once.</summary>
    private async Task<bool> Dispatch()
    {
        if (!Dispatches || !Shard.Candidates(State).Any()) return false;
        if (!await IsPermitted()) return false;

        var now = Now;
        var chosen = new List<Target>();
        var more = false;
        foreach (var target in Shard.Candidates(State))
        {
            if (!held.IsTimeFor(target.Instance, now)) continue;
            if (permit.Freezes.FirstOrDefault(f => f.Fits(target.Labels)) is { } freeze) held.Hold(target.Instance, Scheduler.Words(freeze), now + Permit.Life);
            else if (chosen.Count < AtOnce) chosen.Add(target);
            else { more = true; break; }
        }
        var free = await Budgeted(await Present(chosen));
        // Those questions take time: what isn't decided within the permit is left for the next one.
        if (free.Count > 0 && Now < permitUntil) await Begin(free);
        await GiveUpWaiting();
        return more;
    }

    /// <summary>The decision is stored, then the instances are told, and what they answer is stored.</summary>
    private async Task Begin(IReadOnlyList<Target> targets)
    {
        var ids = targets.Select(t => t.Instance).ToHashSet();
        await Commit(Shard.Intend(State, ids, Now));
        var answers = await Ask(State.Targets.Where(t => ids.Contains(t.Instance)), t => GrainFactory.Instance(t.Instance).Apply(Request(t)));
        var now = Now;
        foreach (var (id, answer) in answers) held.Answered(id, answer, now);
        await Commit(Shard.Answered(State, answers, now));
        LogDispatched(State.Rollout, State.Shard, answers.Values.Count(a => a.Kind == ChangeAnswerKind.Accepted), ids.Count);
    }

    private ApplyPatch Request(Target target) => Selection.Ask(State.Spec!) with
    {
        Change = target.Change,
        By = $"rollout:{State.Rollout}",
        Reason = State.Spec!.Reason,
        Actuator = State.Spec.Lane == Lane.Emergency ? ActuatorPriority.EmergencyHotfix : ActuatorPriority.Patch,
        Priority = State.Spec.Priority,
        Owner = State.Owner,
        OnlyWhenSeen = true,
        BeginBefore = permitUntil,
    };

    /// <summary>A permit is good for two seconds from before it was asked for; nothing is begun without one.</summary>
    private async Task<bool> IsPermitted()
    {
        var asked = Now;
        if (asked + (Permit.Life / 2) < permitUntil) return true;
        permit = await GrainFactory.Scheduler().Permit(State.Rollout);
        permitUntil = permit.Granted ? asked + Permit.Life : default;
        Say(permit.Granted ? "" : permit.Reason);
        return permit.Granted;
    }

    // Those that were away are asked first whether they are back, so that nothing is decided and called off again and again.
    private async Task<IReadOnlyList<Target>> Present(List<Target> targets)
    {
        var away = targets.Where(t => held.IsAway(t.Instance) || t.State == TargetState.Offline).ToArray();
        if (away.Length == 0) return targets;
        var now = Now;
        var there = await Ask(away, async t => await GrainFactory.Resource(new(t.Instance.Resource)).IsConnected()
            && (await GrainFactory.Instance(t.Instance).Show()).LastReport is { } at && now - at <= Reporting.Silence);
        foreach (var target in away)
        {
            if (there.GetValueOrDefault(target.Instance)) held.Back(target.Instance);
            else held.Away(target.Instance, now);
        }
        return [.. targets.Where(t => !held.IsAway(t.Instance))];
    }

    private async Task<IReadOnlyList<Target>> Budgeted(IReadOnlyList<Target> targets)
    {
        var now = Now;
        var free = targets.Where(t => t.Labels[ApplicationGrains.Label] is null).ToList();
        foreach (var application in targets.Where(t => t.Labels[ApplicationGrains.Label] is not null).GroupBy(t => t.Labels[ApplicationGrains.Label]!))
        {
            var granted = await Slots(application, now);
            free.AddRange(application.Where(t => granted.Contains(t.Instance)));
            foreach (var target in application.Where(t => !granted.Contains(t.Instance)))
                held.Hold(target.Instance, $"the budget of application '{application.Key}' is used up", now + Pace);
        }
        return free;
    }

    private Task<ImmutableArray<InstanceId>> Slots(IGrouping<string, Target> application, DateTimeOffset now)
    {
        var spec = State.Spec!;
        return GrainFactory.Application(application.Key).Take(new(
            State.Rollout, spec.Lane, spec.Priority, [.. application.Select(t => t.Instance)], now + spec.ChangeWithin + Shard.SlotGrace));
    }

    // Who is out of service, offline and failed ones too, keeps its slot for as long as this lasts.
    private async Task KeepSlots()
    {
        var now = Now;
        if (!State.IsActive || now < keepSlotsAt) return;
        keepSlotsAt = now + (Shard.SlotGrace / 2);
        foreach (var application in State.Targets.Where(Shard.IsOut).Where(t => t.Labels[ApplicationGrains.Label] is not null).GroupBy(t => t.Labels[ApplicationGrains.Label]!))
            await Slots(application, now);
    }

    // A silent target holds its wave for so long and no longer.
    private async Task GiveUpWaiting()
    {
        var now = Now;
        var away = held.AwayFor(State.Spec!.OfflineGrace, now);
        if (away.Count > 0) await Commit(Shard.Away(State, away, now));
    }

    private async Task<bool> TakeBack()
    {
        // No action before one reporting cycle was seen.
        var now = Now;
        if (now < uptime.Warm) return false;
        var back = Shard.ToTakeBack(State).Where(t => held.IsTimeFor(t.Instance, now)).Take(AtOnce + 1).ToArray();
        if (back.Length == 0) return false;

        var answers = await Ask(back.Take(AtOnce), t => GrainFactory.Instance(t.Instance).RollBack(new RollBack
        {
            Change = t.BackChange,
            Undoes = t.Change,
            By = State.Order.By == "" ? $"rollout:{State.Rollout}" : State.Order.By,
            Reason = State.Order.Reason,
            Owner = State.Owner,
        }));
        foreach (var id in answers.Keys) held.AskAgainLater(id, now);
        await Commit(Shard.AnsweredBack(State, answers, Now));
        return back.Length > AtOnce;
    }

    // Slots that are not given back, because the engine ended before, end by themselves.
    private async Task GiveBack()
    {
        var back = State.Targets.Where(t => t.State is TargetState.Verified or TargetState.RolledBack && !inService.Contains(t.Instance)).ToArray();
        inService = inService.Except(State.Targets.Where(t => t.IsOpen).Select(t => t.Instance));
        foreach (var application in back.Where(t => t.Labels[ApplicationGrains.Label] is not null).GroupBy(t => t.Labels[ApplicationGrains.Label]!))
            await GrainFactory.Application(application.Key).GiveBack(State.Rollout, [.. application.Select(t => t.Instance)]);
        inService = inService.Union(back.Select(t => t.Instance));
    }

    /// <summary>Asks many at once; who can't be asked now is asked again later.</summary>
    private async Task<Dictionary<InstanceId, T>> Ask<T>(IEnumerable<Target> targets, Func<Target, Task<T>> ask)
    {
        var answers = new Dictionary<InstanceId, T>();
        await Task.WhenAll(targets.ToArray().Select(async target =>
        {
            try
            {
                answers[target.Instance] = await ask(target);
            }
            catch (Exception error)
            {
                LogUnasked(error, target.Instance.ToString(), State.Rollout);
            }
        }));
        return answers;
    }

    private void Report()
    {
        var says = Shard.Candidates(State).Any() && waitsFor == "" ? held.Reasons.Values.FirstOrDefault() ?? "" : waitsFor;
        if (!changed && !held.Changed) return;
        (changed, held.Changed) = (false, false);
        version = Math.Max(version + 1, Now.UtcTicks);
        if (State.Spec is not null) _ = GrainFactory.Rollout(State.Rollout).Report(Shard.Report(State, version, says, held.Reasons));
    }

    private void Say(string reason)
    {
        if (reason == waitsFor) return;
        (waitsFor, changed) = (reason, true);
    }

    private async Task Commit(ShardState next)
    {
        if (ReferenceEquals(next, State)) return;
        await commitments.Commit(next);
        changed = true;
    }

    // What is to come sooner isn't put off: hints that keep coming must not keep the round from coming.
    private void Arm(TimeSpan wait)
    {
        var at = Now + wait;
        if (armed <= at) return;
        armed = at;
        timer ??= this.RegisterGrainTimer(_ => Round(), new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(LogLevel.Information, "Rollout {Rollout}, shard {Shard}: {Begun} of {Asked} changes begun")]
    private partial void LogDispatched(string rollout, int shard, int begun, int asked);

    [LoggerMessage(LogLevel.Warning, "{Instance} couldn't be asked by rollout {Rollout}; it is asked again")]
    private partial void LogUnasked(Exception error, string instance, string rollout);
}
