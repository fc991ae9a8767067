using System.Text.Json.Serialization;
using Fleet.Committing;
using Fleet.Engine.Storage;

namespace Fleet.Instances;

/// <summary>What is remembered of one instance.</summary>
[StateSchema(1)]
internal sealed record InstanceState : Remembered
{
    /// <summary>So many restore points are kept.</summary>
    public const int KeptRestorePoints = 5;

    /// <summary>So many changes are remembered, the one in flight among them.</summary>
    public const int KeptChanges = 12;

    /// <summary>So many steps of changes that nobody ordered are recorded, and no more: a broken device must not fill the audit.</summary>
    public const int MostUnordered = 8;

    /// <summary>Of the last directive; rises with each.</summary>
    public long Generation { get; init; }

    /// <summary>What the last committed change made of it; null when nothing is installed.</summary>
    public Manifest? Anchor { get; init; }

    /// <summary>Oldest first: the way back, one committed change at a time.</summary>
    public ImmutableArray<RestorePoint> RestorePoints { get; init; } = [];

    /// <summary>Oldest first. Only the last one can be in flight.</summary>
    public ImmutableArray<ChangeState> Changes { get; init; } = [];

    public Lease? Lease { get; init; }

    /// <summary>What people say of it.</summary>
    public Labels Labels { get; init; } = Labels.None;

    /// <summary>How often the roster was told of it; 0: it isn't listed.</summary>
    public long Listed { get; init; }

    /// <summary>Empty, or the change that ended half-way and of which nothing since said what is in force: a person decides.</summary>
    public string NeedsHuman { get; init; } = "";

    /// <summary>Since the last change began, so many steps of changes that nobody ordered were recorded.</summary>
    public int Unordered { get; init; }

    [JsonIgnore]
    public ChangeState? Last => Changes.IsEmpty ? null : Changes[^1];

    [JsonIgnore]
    public ChangeState? InFlight => Last is { } last && !last.Phase.IsTerminal() ? last : null;

    [JsonIgnore]
    public ChangeState? Stuck => NeedsHuman == "" ? null : Changes.LastOrDefault(c => c.Id == NeedsHuman);

    /// <summary>What the instance should be now: the change in flight's result, unless it is on its way back.</summary>
    [JsonIgnore]
    public Manifest? Desired => InFlight switch
    {
        null or { Phase: ChangePhase.Failed } => Anchor,
        { Phase: ChangePhase.RollingBack, Undoes: "" } => Anchor,
        var change => change.Target,
    };

    /// <summary>The change with this id, or that was taken back by the request with this id.</summary>
    public ChangeState? Find(string change) => Changes.LastOrDefault(c => c.Id == change || c.Backs.Contains(change));

    public InstanceState With(ChangeState change) => Changes.Any(c => c.Id == change.Id)
        ? this with { Changes = [.. Changes.Select(c => c.Id == change.Id ? change : c)] }
        : this with { Changes = [.. Changes.TakeLast(KeptChanges - 1), change] };
}

/// <summary>Where a committed change can be taken back to.</summary>
/// <param name="Change">The change that made it.</param>
/// <param name="Manifest">What was in force before that change; null when nothing was installed.</param>
internal sealed record RestorePoint(string Change, string Image, string Patch, Manifest? Manifest, DateTimeOffset Made);

/// <summary>The right to change the instance now. Whoever doesn't end in time loses it.</summary>
internal sealed record Lease(string Holder, DateTimeOffset Until);
