using System.Text.Json.Serialization;
using Fleet.Resources;

namespace Fleet.Instances;

/// <summary>What is remembered of one change.</summary>
internal sealed record ChangeState
{
    public required string Id { get; init; }
    public required string Image { get; init; }
    public required string Patch { get; init; }
    public required ChangePhase Phase { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset Requested { get; init; }

    /// <summary>When its phase is out of time.</summary>
    public required DateTimeOffset Deadline { get; init; }
    public DateTimeOffset? Ended { get; init; }

    /// <summary>What the instance becomes.</summary>
    public Manifest? Target { get; init; }

    /// <summary>Whether it may be taken back without anybody asking.</summary>
    public bool Reversible { get; init; } = true;

    /// <summary>Empty, or the change that this one takes back.</summary>
    public string Undoes { get; init; } = "";

    /// <summary>Empty, or the change that the device has to let go of before it is told of this one.</summary>
    public string Follows { get; init; } = "";

    /// <summary>The requests that take this one back while it is in flight; the first one is the device's name for it.</summary>
    public ImmutableArray<string> Backs { get; init; } = [];

    /// <summary>Empty, or who asked for it to be taken back; the engine itself asks in nobody's name.</summary>
    public string BackBy { get; init; } = "";

    /// <summary>The rollout shard that is told how it goes; null when nobody is.</summary>
    public ChangeOwner? Owner { get; init; }

    /// <summary>The W3C trace context in which it was asked for; empty when nobody records it.</summary>
    public string Trace { get; init; } = "";

    /// <summary>The device took it back on its own.</summary>
    public bool ByAgent { get; init; }
    public TimeSpan RollbackTook { get; init; }
    public bool RollbackWarm { get; init; }

    /// <summary>A sentence for people: where it stands.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The highest step that the device reported of this change, and of its taking back.</summary>
    public long Step { get; init; }
    public long BackStep { get; init; }

    /// <summary>Whether the device ran it although it had been called off here, and what came of taking it back there.</summary>
    public Astray Astray { get; init; }

    public ImmutableArray<HistoryEntry> History { get; init; } = [];

    /// <summary>The directive ledger: what the device was told, oldest first.</summary>
    public ImmutableArray<LedgerEntry> Directives { get; init; } = [];

    public ChangeState AskedBack(string request, string by = "") =>
        this with { Backs = Backs.Contains(request) ? Backs : Backs.Add(request), BackBy = by == "" ? BackBy : by };

    /// <summary>A word for programs: the first thing that went wrong, whatever followed from it; empty when all is well.</summary>
    [JsonIgnore]
    public string Reason => History.FirstOrDefault(h => h.Reason != "")?.Reason ?? "";

    /// <summary>Whether the instance itself can't have changed yet, as far as the device told.</summary>
    [JsonIgnore]
    public bool Untouched => Phase is ChangePhase.Requested or ChangePhase.Admitted or ChangePhase.Prepared;

    /// <summary>Whether it ended here before the device said that it had touched the instance.</summary>
    [JsonIgnore]
    public bool CalledOff => Undoes == "" && Phase is ChangePhase.Expired or ChangePhase.Cancelled or ChangePhase.Superseded;

    /// <summary>Whether the device was told to go back, and its word on that is still to come.</summary>
    public bool GoingBack(DateTimeOffset now) => Directives.LastOrDefault(d => d.Kind == DirectiveKind.RollBack) is { } last
        && (last.Accepted ?? now < last.StartBefore);
}

/// <summary>Where a change is that the device ran after it had been called off here.</summary>
internal enum Astray
{
    No,

    /// <summary>The device runs it, and is told to go back until it does.</summary>
    Running,

    /// <summary>The device went back.</summary>
    Reconciled,

    /// <summary>The device says that it can't go back.</summary>
    Unreconciled,
}

/// <param name="Step">The device's step; 0 when the engine decided it.</param>
internal sealed record HistoryEntry(ChangePhase Phase, DateTimeOffset At, string Detail, string Reason = "", long Step = 0);

/// <param name="Accepted">Null until the device answered.</param>
/// <param name="StartBefore">Until when it waits for the device.</param>
internal sealed record LedgerEntry(
    string Directive, DirectiveKind Kind, long Generation, bool? Accepted = null, string Reason = "", DateTimeOffset StartBefore = default);
