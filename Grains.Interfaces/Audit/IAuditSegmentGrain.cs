using System.Collections.Immutable;

namespace Fleet.Audit;

/// <summary>One sealed segment of a chain: written once, then only read.</summary>
[Alias("fleet.audit-segment")]
public interface IAuditSegmentGrain : IGrainWithStringKey
{
    /// <summary>Keeps the records for ever. Safe to repeat with the same records; others are refused with an exception.</summary>
    [Alias("seal")] Task Seal(ImmutableArray<AuditRecord> records);

    /// <summary>The records, oldest first; none when the segment is not sealed.</summary>
    [Alias("read"), ReadOnly] Task<ImmutableArray<AuditRecord>> Read();
}
