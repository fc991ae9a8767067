using Fleet.Engine.Storage;

namespace Fleet.Scheduling;

/// <summary>Who in this shard waits until when.</summary>
[StateSchema(1)]
internal sealed record DueState
{
    /// <summary>Deadline by grain.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> Entries { get; init; } = ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);
}

/// <summary>A wake-up that was tried and to which the grain hasn't answered yet. Not persisted: a new activation begins anew.</summary>
/// <param name="Deadline">The deadline that it was woken for.</param>
/// <param name="Again">When to try again.</param>
/// <param name="Count">Tries so far.</param>
internal sealed record Attempt(DateTimeOffset Deadline, DateTimeOffset Again, int Count);
