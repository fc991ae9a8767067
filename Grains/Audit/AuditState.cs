using System.Text.Json.Serialization;
using Fleet.Engine.Storage;

namespace Fleet.Audit;

/// <summary>The open end of one chain.</summary>
[StateSchema(1)]
internal sealed record AuditState
{
    /// <summary>Records in a segment.</summary>
    public const int SegmentLength = 256;

    /// <summary>How many segments are sealed.</summary>
    public long Sealed { get; init; }

    /// <summary>Hash of the last sealed record.</summary>
    public string SealedHash { get; init; } = AuditChain.Start;

    /// <summary>Records after the last sealed segment, oldest first; never more than a segment.</summary>
    public ImmutableArray<AuditRecord> Open { get; init; } = [];

    [JsonIgnore]
    public long Count => (Sealed * SegmentLength) + Open.Length;

    [JsonIgnore]
    public bool Full => Open.Length >= SegmentLength;
}

/// <summary>One sealed segment.</summary>
[StateSchema(1)]
internal sealed record AuditSegmentState
{
    public ImmutableArray<AuditRecord> Records { get; init; } = [];
}
