using Fleet.Committing;

namespace Fleet.Audit;

/// <summary>Holds a sealed segment; nothing can change it any more.</summary>
[GrainType("audit-segment")]
internal sealed class AuditSegmentGrain([PersistentState("segment", "fleet")] IPersistentState<AuditSegmentState> stored) : Grain, IAuditSegmentGrain
{
    public async Task Seal(ImmutableArray<AuditRecord> records)
    {
        if (stored.State.Records.IsEmpty)
        {
            await stored.Replace(stored.State with { Records = records }, DeactivateOnIdle);
            return;
        }
        // Equal hashes are equal records, and what came before them.
        if (stored.State.Records.Length != records.Length || stored.State.Records[^1].Hash != records[^1].Hash)
            throw new InvalidOperationException($"audit segment {this.GetPrimaryKeyString()} is sealed with other records");
    }

    public Task<ImmutableArray<AuditRecord>> Read() => Task.FromResult(stored.State.Records);
}
