using System.Text.Json.Serialization;
using Fleet.Committing;
using Fleet.Engine.Storage;
using Fleet.Scheduling;

namespace Fleet.Rollouts;

/// <summary>What is remembered of one rollout. Where each target stands is remembered by its shards.</summary>
[StateSchema(1)]
internal sealed record RolloutState : Remembered
{
    /// <summary>Null: nobody asked for a rollout of this name.</summary>
    public RolloutSpec? Spec { get; init; }
    public string By { get; init; } = "";
    public DateTimeOffset Requested { get; init; }
    public RolloutPhase Phase { get; init; }

    /// <summary>A word for programs when something is wrong.</summary>
    public string Reason { get; init; } = "";

    /// <summary>A sentence for people.</summary>
    public string Detail { get; init; } = "";
    public int Shards { get; init; }

    /// <summary>The wave that is under way, from 1; 0 before the first.</summary>
    public int Wave { get; init; }
    public ImmutableArray<WaveState> Waves { get; init; } = [];

    /// <summary>What the shards were told last.</summary>
    public ShardOrder Order { get; init; } = new(0, ShardTask.Hold, 0, 0, "", "");

    /// <summary>When its phase is out of time; null when it has ended.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>When the wave is judged.</summary>
    public DateTimeOffset? BakesUntil { get; init; }

    /// <summary>So often the bake of this wave was prolonged.</summary>
    public int Extensions { get; init; }

    /// <summary>When the last pause, stop, kill, halt or rollback was decided.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>The wave that is being taken back, and those after it.</summary>
    public int BackWave { get; init; }
    public DateTimeOffset? BackSince { get; init; }
    public TimeSpan? RollbackTook { get; init; }

    /// <summary>So often it was taken back after it had ended: each time is an undertaking of its own, with an end of its own.</summary>
    public int Reopened { get; init; }

    /// <summary>Until when those that were offline may catch up; null when none does.</summary>
    public DateTimeOffset? CatchesUpUntil { get; init; }
    public DateTimeOffset? Ended { get; init; }

    [JsonIgnore]
    public WaveState? Current => Wave == 0 ? null : Waves[Wave - 1];

    [JsonIgnore]
    public bool IsActive => Spec is not null && (!Phase.IsTerminal() || CatchesUpUntil is not null);

    public Applicant Applicant(string id) => new(id, Spec!.Lane, Spec.Priority, Requested);
}

/// <param name="Number">From 1.</param>
internal sealed record WaveState(int Number, int Size, Verdict Verdict = Verdict.None, string Reason = "", DateTimeOffset? Opened = null, DateTimeOffset? Judged = null);
