using Fleet.Audit;
using Fleet.Committing;
using Fleet.Rollouts;

namespace Fleet.Scheduling;

/// <summary>A decision of the scheduler, with what is to be done about it.</summary>
internal sealed record Scheduled(SchedulerState State, ImmutableArray<Effect> Effects);

/// <summary>What may start now. Pure.</summary>
internal static class Scheduler
{
    /// <summary>So long freezes that ended are shown.</summary>
    private static readonly TimeSpan KeptFreezes = TimeSpan.FromDays(7);

    public static SchedulerState Admit(SchedulerState state, Applicant applicant) =>
        state.Rollouts.GetValueOrDefault(applicant.Rollout) is { Held: false } known && known.Applicant == applicant
            ? state
            : state with { Rollouts = state.Rollouts.SetItem(applicant.Rollout, new(applicant, Held: false)) };

    public static SchedulerState Hold(SchedulerState state, string rollout) => state.Rollouts.GetValueOrDefault(rollout) is { Held: false } known
        ? state with { Rollouts = state.Rollouts.SetItem(rollout, known with { Held = true }) }
        : state;

    public static SchedulerState Leave(SchedulerState state, string rollout) =>
        state.Rollouts.ContainsKey(rollout) ? state with { Rollouts = state.Rollouts.Remove(rollout) } : state;

    /// <summary>Whether a rollout may dispatch now; most urgent reason first.</summary>
    /// <param name="warm">When the engine has seen one full reporting cycle.</param>
    /// <param name="mostRunning">So many ordinary rollouts dispatch at once.</param>
    public static Permit Permit(SchedulerState state, string rollout, DateTimeOffset warm, int mostRunning, DateTimeOffset now)
    {
        if (now < warm) return No(PermitOutcome.Starting, $"the engine has just started: it acts from {warm:u} on, when it has heard from all agents");
        if (!state.Rollouts.TryGetValue(rollout, out var admitted)) return No(PermitOutcome.NotAdmitted, "the rollout isn't admitted");
        if (admitted.Held) return No(PermitOutcome.Held, "the rollout is held");

        var freezes = state.Freezes.Values.Where(f => f.HoldsAt(now)).ToImmutableArray();
        if (freezes.FirstOrDefault(f => f.Labels.All.IsEmpty) is { } all) return No(PermitOutcome.Frozen, Words(all));
        if (admitted.Applicant.Lane == Lane.Emergency) return new(PermitOutcome.Granted, "", []);

        var ahead = state.Rollouts.Values.Where(r => !r.Held && r.Applicant.Lane == Lane.Ordinary && Order(r.Applicant).CompareTo(Order(admitted.Applicant)) < 0)
            .Select(r => r.Applicant.Rollout).ToArray();
        return ahead.Length >= mostRunning
            ? No(PermitOutcome.Queued, $"{ahead.Length} rollouts go first, and {mostRunning} may run at once")
            : new(PermitOutcome.Granted, "", freezes);
    }

    public static (Scheduled Decision, FreezeAnswer Answer) Freeze(SchedulerState state, FreezeView freeze, DateTimeOffset now)
    {
        if (state.Freezes.TryGetValue(freeze.Id, out var known))
        {
            return Same(known, freeze)
                ? (new(state, []), new(known))
                : (new(state, []), new(null, "FREEZE_EXISTS", $"freeze '{freeze.Id}' exists with other labels, another reason or for another time: choose another id"));
        }
        var kept = state.Freezes.RemoveRange(state.Freezes.Values.Where(f => Ended(f) is { } ended && now - ended > KeptFreezes && now >= ended).Select(f => f.Id));
        var next = state with { Freezes = kept.SetItem(freeze.Id, freeze) };
        return (new(next, [Record(freeze, "created", freeze.By, freeze.Reason, $"{Where(freeze)} until {freeze.Until:u}", now)]), new(freeze));
    }

    public static (Scheduled Decision, FreezeView? Freeze) Lift(SchedulerState state, string freeze, string by, string reason, DateTimeOffset now)
    {
        if (!state.Freezes.TryGetValue(freeze, out var known) || !known.HoldsAt(now)) return (new(state, []), known);
        var lifted = known with { Lifted = now, LiftedBy = by };
        return (new(state with { Freezes = state.Freezes.SetItem(freeze, lifted) }, [Record(lifted, "lifted", by, reason, Where(lifted), now)]), lifted);
    }

    public static ImmutableArray<FreezeView> Freezes(SchedulerState state, string after, int count, bool active, DateTimeOffset now) =>
        [.. state.Freezes.Where(f => string.CompareOrdinal(f.Key, after) > 0 && (!active || f.Value.HoldsAt(now))).Take(count).Select(f => f.Value)];

    /// <summary>In words, what a freeze holds and why.</summary>
    public static string Words(FreezeView freeze) => $"freeze '{freeze.Id}' holds {Where(freeze)} until {freeze.Until:u}{(freeze.Reason == "" ? "" : $": {freeze.Reason}")}";

    private static string Where(FreezeView freeze) => freeze.Labels.All.IsEmpty ? "the whole fleet" : $"instances with {freeze.Labels}";

    private static DateTimeOffset? Ended(FreezeView freeze) => freeze.Lifted ?? freeze.Until;

    private static bool Same(FreezeView a, FreezeView b) => a.Labels.Equals(b.Labels) && a.Reason == b.Reason && a.Until - a.Since == b.Until - b.Since;

    private static (int, DateTimeOffset, string) Order(Applicant applicant) => (-applicant.Priority, applicant.Requested, applicant.Rollout);

    private static Permit No(PermitOutcome why, string reason) => new(why, reason, []);

    private static Effect.Record Record(FreezeView freeze, string happening, string by, string reason, string evidence, DateTimeOffset now) => new(new AuditEntry
    {
        Id = $"freeze:{freeze.Id}:{happening}:{freeze.Since.UtcTicks}",
        At = now,
        Actor = by,
        Action = $"freeze.{happening}",
        Subject = $"freeze:{freeze.Id}",
        Reason = reason,
        Evidence = evidence,
        Outcome = happening.ToUpperInvariant(),
    });
}
