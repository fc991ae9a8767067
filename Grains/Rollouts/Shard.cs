using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>What a shard makes of orders, and of what it hears of its targets. Pure.</summary>
internal static class Shard
{
    /// <summary>So long beyond a change's time its slot in the budget is kept, unless it is prolonged.</summary>
    public static readonly TimeSpan SlotGrace = TimeSpan.FromMinutes(10);

    /// <summary>Whether it counts as out of service.</summary>
    public static bool IsOut(Target target) =>
        target.State is TargetState.Dispatched or TargetState.RollingBack or TargetState.Offline or TargetState.Failed or TargetState.NeedsHuman;

    /// <summary>Takes its targets, unless it has begun already.</summary>
    public static ShardState Enlist(ShardState state, ShardRoll roll) => state.Order.Number > 0 ? state : state with
    {
        Spec = roll.Spec,
        Rollout = roll.Rollout,
        Shard = roll.Shard,
        By = roll.By,
        Requested = roll.Requested,
        Targets = [.. roll.Targets.Select(t => new Target
        {
            Instance = t.Target.Instance,
            Labels = t.Labels,
            Wave = t.Target.Wave,
            State = t.Target.State,
            Reason = t.Target.Reason,
        })],
    };

    /// <summary>Takes an order, unless a later one is known.</summary>
    public static ShardState Ordered(ShardState state, ShardOrder order, DateTimeOffset now)
    {
        if (order.Number <= state.Order.Number) return state;
        var retry = order.Retry > state.Order.Retry;
        return state with { Order = order, Targets = [.. state.Targets.Select(t => Ordered(retry ? Again(t, order.Wave) : t, order, now))] };
    }

    /// <summary>Whom it may dispatch to now, apart from permit, budget and freezes: the first waves first.</summary>
    public static IEnumerable<Target> Candidates(ShardState state) => state.Order.Task switch
    {
        ShardTask.Dispatch => state.Targets.Where(t => t.Wave > 0 && t.Wave <= state.Order.Wave && IsCandidate(t)).OrderBy(t => t.Wave),
        ShardTask.CatchUp => state.Targets.Where(t => t.Wave > 0 && IsCandidate(t)),
        _ => [],
    };

    /// <summary>Those are about to be dispatched to. It is stored before anybody is told, so that nothing is begun twice or forgotten.</summary>
    public static ShardState Intend(ShardState state, IReadOnlySet<InstanceId> instances, DateTimeOffset now) => Each(
        state with { LastDispatch = now },
        t => instances.Contains(t.Instance) && t.State != TargetState.Dispatched,
        t => t with
        {
            State = TargetState.Dispatched,
            Reason = "",
            Attempt = t.Attempt + 1,
            Change = $"{state.Rollout}.{t.Attempt + 1}",
            Sent = false,
            Since = now,
        });

    /// <summary>The instances answered the dispatch.</summary>
    public static ShardState Answered(ShardState state, IReadOnlyDictionary<InstanceId, ChangeAnswer> answers, DateTimeOffset now) =>
        Each(state, t => t is { State: TargetState.Dispatched, Sent: false } && answers.ContainsKey(t.Instance), t => Answered(t, answers[t.Instance], now));

    /// <summary>Nobody knows whether these were begun, and the instances were asked: a null says that it wasn't.</summary>
    public static ShardState Found(ShardState state, IReadOnlyDictionary<InstanceId, ChangeView?> found, DateTimeOffset now) => Each(
        state,
        t => found.ContainsKey(t.Instance) && t.IsOpen,
        t => (found[t.Instance], t) switch
        {
            ({ } change, _) => Moved(t with { Sent = true }, change, now),
            (null, { Sent: false, State: TargetState.Dispatched }) => NotBegun(t, state.Order.Task == ShardTask.End ? TargetState.Untouched : TargetState.Pending, now),
            (null, { Sent: false }) => NotBegun(t, TargetState.Untouched, now),
            _ => t,
        });

    /// <summary>Changes of the instances have moved.</summary>
    public static ShardState Moved(ShardState state, IReadOnlyDictionary<InstanceId, ImmutableArray<ChangeView>> moved, DateTimeOffset now) =>
        Each(state, t => moved.ContainsKey(t.Instance), t => moved[t.Instance].Aggregate(t, (target, change) => Moved(target, change, now)));

    /// <summary>Those are silent for longer than their wave waits for them.</summary>
    public static ShardState Away(ShardState state, IReadOnlyDictionary<InstanceId, string> away, DateTimeOffset now) => Each(
        state,
        t => t.State is TargetState.Pending && away.ContainsKey(t.Instance),
        t => t with { State = TargetState.Offline, Reason = away[t.Instance], Since = now });

    /// <summary>Those were begun, but their devices went away before they took notice, and were called off: they may catch up.</summary>
    public static ShardState CalledOff(ShardState state, IReadOnlySet<InstanceId> instances, DateTimeOffset now) => Each(
        state,
        t => t.State == TargetState.Dispatched && instances.Contains(t.Instance),
        t => t with { State = TargetState.Offline, Reason = "the device went away before it took the change", Since = now });

    /// <summary>Whom it is to take back: those that haven't been, with the change that undoes theirs.</summary>
    public static IEnumerable<Target> ToTakeBack(ShardState state) => state.Order.Task is ShardTask.TakeBack or ShardTask.Abandon
        ? state.Targets.Where(t => t is { State: TargetState.RollingBack, Failed: false, Sent: true })
        : [];

    /// <summary>The instances answered the taking back.</summary>
    public static ShardState AnsweredBack(ShardState state, IReadOnlyDictionary<InstanceId, ChangeAnswer> answers, DateTimeOffset now) => Each(
        state,
        t => t.State == TargetState.RollingBack && answers.ContainsKey(t.Instance),
        t => answers[t.Instance] switch
        {
            { Kind: ChangeAnswerKind.Accepted, Change: { } change } => Moved(t, change, now),
            { Kind: ChangeAnswerKind.Busy or ChangeAnswerKind.Offline } => t,
            { Reason: "NOT_IN_FORCE" or "NOTHING_TO_ROLL_BACK" } => t with { State = TargetState.RolledBack, Reason = "it wasn't in force", Since = now },
            var answer => t with { State = TargetState.NeedsHuman, Reason = $"{answer.Reason}: {answer.Detail}", Since = now },
        });

    /// <summary>Its targets as people see them: one whose turn has come, but that is held, waits for something.</summary>
    /// <param name="held">What holds them; not stored, since it is looked at again at once.</param>
    public static IEnumerable<Target> Seen(ShardState state, IReadOnlyDictionary<InstanceId, string> held) => state.Targets.Select(t =>
        t.State == TargetState.Pending && held.TryGetValue(t.Instance, out var reason) ? t with { State = TargetState.Waiting, Reason = reason } : t);

    /// <summary>How its targets are doing.</summary>
    /// <param name="version">Rises with each report.</param>
    public static ShardReport Report(ShardState state, long version, string waitsFor, IReadOnlyDictionary<InstanceId, string> held) => new()
    {
        Shard = state.Shard,
        Order = state.Order.Number,
        Version = version,
        Waves = [.. Seen(state, held).GroupBy(t => t.Wave).OrderBy(g => g.Key).Select(g => new WaveTally(g.Key, Count(g), g.Count(t => t.Failed)))],
        LastDispatch = state.LastDispatch,
        WaitsFor = waitsFor,
        FirstFailure = state.Targets.FirstOrDefault(t => t.Failed) is { } failed ? $"{failed.Instance}: {failed.Reason}" : "",
    };

    private static TargetCounts Count(IEnumerable<Target> targets)
    {
        var by = targets.CountBy(t => t.State).ToDictionary();
        return new()
        {
            LeftOut = by.GetValueOrDefault(TargetState.LeftOut),
            Pending = by.GetValueOrDefault(TargetState.Pending),
            Waiting = by.GetValueOrDefault(TargetState.Waiting),
            Dispatched = by.GetValueOrDefault(TargetState.Dispatched),
            Verified = by.GetValueOrDefault(TargetState.Verified),
            Failed = by.GetValueOrDefault(TargetState.Failed),
            Offline = by.GetValueOrDefault(TargetState.Offline),
            RollingBack = by.GetValueOrDefault(TargetState.RollingBack),
            RolledBack = by.GetValueOrDefault(TargetState.RolledBack),
            NeedsHuman = by.GetValueOrDefault(TargetState.NeedsHuman),
            Untouched = by.GetValueOrDefault(TargetState.Untouched),
        };
    }

    private static bool IsCandidate(Target target) => target.State is TargetState.Pending or TargetState.Offline;

    private static Target Again(Target target, int wave) => target.Wave > 0 && target.Wave <= wave && target.State is TargetState.Failed or TargetState.RolledBack or TargetState.NeedsHuman
        ? target with { State = TargetState.Pending, Failed = false, Reason = "tried again" }
        : target;

    private static Target Ordered(Target target, ShardOrder order, DateTimeOffset now) => (order.Task, target.State) switch
    {
        (ShardTask.End, TargetState.Pending or TargetState.Offline) =>
            target with { State = target.State == TargetState.Offline ? TargetState.Offline : TargetState.Untouched, Since = now },
        (ShardTask.Abandon, TargetState.Dispatched) => Back(target, order, now),
        (ShardTask.TakeBack, TargetState.Dispatched or TargetState.Verified) when target.Wave >= order.Wave => Back(target, order, now),
        _ => target,
    };

    private static Target Back(Target target, ShardOrder order, DateTimeOffset now) => target with { State = TargetState.RollingBack, Reason = order.Reason, Since = now };

    private static Target Answered(Target target, ChangeAnswer answer, DateTimeOffset now) => answer switch
    {
        { Kind: ChangeAnswerKind.Accepted, Change: { } change } => Moved(target with { Sent = true }, change, now),
        { Kind: ChangeAnswerKind.Busy or ChangeAnswerKind.Offline } => NotBegun(target, TargetState.Pending, now),
        _ => target with { State = TargetState.Failed, Failed = true, Reason = $"{answer.Reason}: {answer.Detail}", Since = now },
    };

    // The try didn't take place: the next one has its name.
    private static Target NotBegun(Target target, TargetState state, DateTimeOffset now) =>
        target with { State = state, Attempt = target.Attempt - 1, Change = "", Since = now };

    private static Target Moved(Target target, ChangeView change, DateTimeOffset now)
    {
        if (target.Change == "") return target;
        var next = change.Undoes == target.Change ? Undone(target, change) : change.Id == target.Change ? Done(target, change) : target;
        return ReferenceEquals(next, target) || next == target ? target : next.State == target.State ? next : next with { Since = now };
    }

    private static Target Done(Target target, ChangeView change) => (target.State, change.Phase) switch
    {
        (TargetState.Dispatched, ChangePhase.Committed) => target with { State = TargetState.Verified, Reason = "" },
        (TargetState.Dispatched, ChangePhase.Failed or ChangePhase.RollingBack) => Failed(target, TargetState.RollingBack, change),
        (TargetState.Dispatched, ChangePhase.RolledBack) => Failed(target, TargetState.RolledBack, change),
        (TargetState.Dispatched, ChangePhase.Rejected) => Failed(target, TargetState.Failed, change),
        (TargetState.Dispatched, ChangePhase.Cancelled or ChangePhase.Superseded) => Failed(target, TargetState.Failed, change),
        // The device took no notice in time: it went away, which says nothing about the patch.
        (TargetState.Dispatched, ChangePhase.Expired) => target with { State = TargetState.Offline, Reason = change.Detail },
        (TargetState.Dispatched or TargetState.RollingBack, ChangePhase.NeedsHuman) => Failed(target, TargetState.NeedsHuman, change),
        (TargetState.RollingBack, ChangePhase.RolledBack or ChangePhase.Cancelled or ChangePhase.Superseded or ChangePhase.Rejected or ChangePhase.Expired) =>
            target with { State = TargetState.RolledBack, Reason = target.Failed ? target.Reason : change.Detail },
        _ => target,
    };

    private static Target Undone(Target target, ChangeView change) => change.Phase switch
    {
        ChangePhase.RolledBack => change.ByAgent ? Failed(target, TargetState.RolledBack, change) : target with { State = TargetState.RolledBack, Reason = change.Detail },
        ChangePhase.NeedsHuman or ChangePhase.Rejected or ChangePhase.Expired or ChangePhase.Cancelled =>
            target with { State = TargetState.NeedsHuman, Reason = $"{change.Reason} {change.Detail}".Trim() },
        _ when target.State is TargetState.Verified or TargetState.RollingBack => target with { State = TargetState.RollingBack, Reason = change.Detail },
        _ => target,
    };

    private static Target Failed(Target target, TargetState state, ChangeView change) =>
        target with { State = state, Failed = true, Reason = $"{change.Reason} {change.Detail}".Trim() };

    private static ShardState Each(ShardState state, Func<Target, bool> where, Func<Target, Target> change)
    {
        var changed = false;
        var targets = state.Targets.Select(t =>
        {
            var next = where(t) ? change(t) : t;
            changed |= !ReferenceEquals(next, t);
            return next;
        }).ToImmutableArray();
        return changed ? state with { Targets = targets } : state;
    }
}
