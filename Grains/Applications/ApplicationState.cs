using Fleet.Committing;
using Fleet.Engine.Storage;

namespace Fleet.Applications;

/// <summary>What is remembered of an application's disruption budget.</summary>
[StateSchema(1)]
internal sealed record ApplicationState : Remembered
{
    /// <summary>So many may be out of service at once; null: waves alone limit it.</summary>
    public int? Most { get; init; }

    /// <summary>By instance: who is out of service, for whom and until when.</summary>
    public ImmutableSortedDictionary<string, Slot> Slots { get; init; } = ImmutableSortedDictionary.Create<string, Slot>(StringComparer.Ordinal);
}

internal sealed record Slot(string Holder, DateTimeOffset Until);
