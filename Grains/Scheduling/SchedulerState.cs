using Fleet.Committing;
using Fleet.Engine.Storage;

namespace Fleet.Scheduling;

/// <summary>Who may dispatch, and what holds.</summary>
[StateSchema(1)]
internal sealed record SchedulerState : Remembered
{
    /// <summary>By rollout: those that dispatch, or will again when they are resumed.</summary>
    public ImmutableSortedDictionary<string, Admitted> Rollouts { get; init; } = ImmutableSortedDictionary.Create<string, Admitted>(StringComparer.Ordinal);

    /// <summary>By id: those that hold, and those that did within the last week.</summary>
    public ImmutableSortedDictionary<string, FreezeView> Freezes { get; init; } = ImmutableSortedDictionary.Create<string, FreezeView>(StringComparer.Ordinal);
}

/// <param name="Held">It was paused, stopped or halted.</param>
internal sealed record Admitted(Applicant Applicant, bool Held);
