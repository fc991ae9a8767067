using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fleet.Engine.Storage;

namespace Fleet.Audit;

/// <summary>The open end of one chain.</summary>
[StateSchema(2)]
internal sealed record AuditState : IUpgradedState
{
    /// <summary>Records in a segment; the same for all of a chain. Each record costs a write of those before it that are open: few is cheap.</summary>
    public int SegmentLength { get; init; } = 32;

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

    /// <summary>A chain of schema 1 has segments of 256 records, and goes on with them.</summary>
    public static JsonObject Upgrade(JsonObject older, int from)
    {
        older["segmentLength"] = 256;
        return older;
    }
}

/// <summary>One sealed segment.</summary>
[StateSchema(1)]
internal sealed record AuditSegmentState
{
    public ImmutableArray<AuditRecord> Records { get; init; } = [];
}
