using Fleet.Audit;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>What grains say, in the words of the contract. Each noun has its file.</summary>
internal static partial class Wires
{
    public static Wire.AuditRecord Of(AuditRecord record) => new()
    {
        Shard = (uint)record.Shard,
        Number = (ulong)record.Number,
        Id = record.Entry.Id,
        At = Of(record.Entry.At),
        Actor = record.Entry.Actor,
        Action = record.Entry.Action,
        Subject = record.Entry.Subject,
        Change = record.Entry.Change,
        Reason = record.Entry.Reason,
        Evidence = record.Entry.Evidence,
        Outcome = record.Entry.Outcome,
        Terminal = record.Entry.Terminal,
        Hash = record.Hash,
    };

    public static Timestamp Of(DateTimeOffset time) => Timestamp.FromDateTimeOffset(time);

    private static Timestamp? Of(DateTimeOffset? time) => time is { } known ? Of(known) : null;
}
