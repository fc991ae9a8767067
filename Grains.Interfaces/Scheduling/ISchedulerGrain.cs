using System.Collections.Immutable;
using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Scheduling;

/// <summary>Says what may start now: admission by lane and priority, freezes, and the permit without which nothing is dispatched.</summary>
[Alias("fleet.scheduler")]
public interface ISchedulerGrain : IGrainWithStringKey
{
    /// <summary>A rollout wants to dispatch, or is no longer held. Safe to repeat.</summary>
    [Alias("admit")] Task Admit(Applicant applicant);

    /// <summary>From now on the rollout gets no permit; those that it has run out within <see cref="Permit.Life"/>. Safe to repeat.</summary>
    [Alias("hold")] Task Hold(string rollout);

    /// <summary>The rollout dispatches nothing more. Safe to repeat.</summary>
    [Alias("leave")] Task Leave(string rollout);

    /// <summary>The right to dispatch for the next two seconds, counted by the asker from before it asked.</summary>
    [Alias("permit"), ReadOnly] Task<Permit> Permit(string rollout);

    /// <summary>Stops the line. Safe to repeat with the same content; another content under the same id is refused.</summary>
    [Alias("freeze")] Task<FreezeAnswer> Freeze(FreezeView freeze);

    /// <summary>Ends a freeze. Safe to repeat. Null when there is none of this name.</summary>
    [Alias("lift")] Task<FreezeView?> Lift(string freeze, string by, string reason);

    /// <summary>Freezes by id, after <paramref name="after"/>; at most <paramref name="count"/>.</summary>
    [Alias("freezes"), ReadOnly] Task<ImmutableArray<FreezeView>> Freezes(string after, int count, bool active);
}

/// <summary>Who wants to dispatch, and how urgently.</summary>
[GenerateSerializer, Immutable, Alias("fleet.applicant")]
public sealed record Applicant(
    [property: Id(0)] string Rollout,
    [property: Id(1)] Lane Lane,
    [property: Id(2)] int Priority,
    [property: Id(3)] DateTimeOffset Requested);

/// <summary>What the scheduler answers to who asks for a permit.</summary>
public enum PermitOutcome
{
    Granted = 1,

    /// <summary>The engine has not yet heard from all agents since its start.</summary>
    Starting = 2,

    /// <summary>The rollout didn't ask to be admitted, or has left.</summary>
    NotAdmitted = 3,

    /// <summary>Somebody holds the rollout.</summary>
    Held = 4,

    /// <summary>A freeze holds the whole fleet.</summary>
    Frozen = 5,

    /// <summary>As many rollouts as may run at once go first.</summary>
    Queued = 6,
}

/// <summary>The right to dispatch, for a short time, or why not.</summary>
/// <param name="Reason">Why not, in words; empty when granted.</param>
/// <param name="Freezes">Freezes that hold where their labels fit.</param>
[GenerateSerializer, Immutable, Alias("fleet.permit")]
public sealed record Permit(
    [property: Id(0)] PermitOutcome Outcome,
    [property: Id(1)] string Reason,
    [property: Id(2)] ImmutableArray<FreezeView> Freezes)
{
    /// <summary>So long after it was asked for, a permit is good.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether anything may be dispatched.</summary>
    public bool Granted => Outcome == PermitOutcome.Granted;
}

[GenerateSerializer, Immutable, Alias("fleet.freeze-view")]
public sealed record FreezeView
{
    [Id(0)] public required string Id { get; init; }

    /// <summary>Empty: the whole fleet.</summary>
    [Id(1)] public Labels Labels { get; init; } = Labels.None;
    [Id(2)] public string Reason { get; init; } = "";
    [Id(3)] public required string By { get; init; }
    [Id(4)] public required DateTimeOffset Since { get; init; }
    [Id(5)] public required DateTimeOffset Until { get; init; }
    [Id(6)] public DateTimeOffset? Lifted { get; init; }
    [Id(7)] public string LiftedBy { get; init; } = "";

    public bool HoldsAt(DateTimeOffset now) => Lifted is null && now < Until;

    /// <summary>Whether all its labels are among these.</summary>
    public bool Fits(Labels labels) => labels.Contain(Labels);
}

/// <param name="Freeze">Null when refused.</param>
[GenerateSerializer, Immutable, Alias("fleet.freeze-answer")]
public sealed record FreezeAnswer(
    [property: Id(0)] FreezeView? Freeze,
    [property: Id(1)] string Reason = "",
    [property: Id(2)] string Detail = "");

public static class SchedulerGrains
{
    /// <summary>The scheduler of the region; there is one region yet.</summary>
    public static ISchedulerGrain Scheduler(this IGrainFactory grains) => grains.GetGrain<ISchedulerGrain>("main");
}
