using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Audit;

/// <summary>How audit records hang together. Pure, so that a chain can be verified offline.</summary>
/// <remarks>
/// A record's hash is SHA-256, as lower-case hexadecimal, over the UTF-8 bytes of a row of netstrings (decimal byte length,
/// ':', text, ','): the previous record's hash (<see cref="Start"/> for the first), shard, number, and of the entry: id, time
/// (UTC, yyyy-MM-ddTHH:mm:ss.fffffffZ), actor, action, subject, change, reason, evidence, outcome, and "terminal" or "".
/// Lengths make it unambiguous: no two records have the same form.
/// </remarks>
public static class AuditChain
{
    /// <summary>What stands for the hash before the first record.</summary>
    public static string Start { get; } = new('0', 64);

    /// <summary>The record that follows <paramref name="previous"/> in its chain.</summary>
    public static AuditRecord Link(int shard, long number, string previous, AuditEntry entry) =>
        new(shard, number, entry, Hash(shard, number, previous, entry));

    /// <summary>Recomputes a stretch of one chain.</summary>
    /// <param name="records">Oldest first, without gaps.</param>
    /// <param name="after">The verified record before them; null when they begin with number 1.</param>
    public static ChainVerdict Verify(IEnumerable<AuditRecord> records, AuditRecord? after = null)
    {
        ArgumentNullException.ThrowIfNull(records);
        var (last, count) = (after, 0L);
        foreach (var record in records)
        {
            var number = (last?.Number ?? 0) + 1;
            if (last is not null && record.Shard != last.Shard) return Broken(count, $"record {record.Number} belongs to shard {record.Shard}, not {last.Shard}");
            if (record.Number != number) return Broken(count, $"shard {record.Shard}: expected record {number}, found {record.Number}");
            if (record.Hash != Hash(record.Shard, number, last?.Hash ?? Start, record.Entry))
                return Broken(count, $"shard {record.Shard}: record {number} ('{record.Entry.Id}') is not what was recorded, or what came before it is not");
            (last, count) = (record, count + 1);
        }
        return new(true, count, "", last);
    }

    private static ChainVerdict Broken(long count, string detail) => new(false, count, detail, null);

    private static string Hash(int shard, long number, string previous, AuditEntry entry)
    {
        var text = new StringBuilder();
        ImmutableArray<string> fields =
        [
            previous, shard.ToString(CultureInfo.InvariantCulture), number.ToString(CultureInfo.InvariantCulture),
            entry.Id, entry.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture),
            entry.Actor, entry.Action, entry.Subject, entry.Change, entry.Reason, entry.Evidence, entry.Outcome, entry.Terminal ? "terminal" : "",
        ];
        foreach (var field in fields) text.Append(Encoding.UTF8.GetByteCount(field)).Append(':').Append(field).Append(',');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>Whether a stretch of a chain is whole.</summary>
/// <param name="Valid">Every record is as it was recorded, and none is missing between the first and the last.</param>
/// <param name="Records">How many were found in order.</param>
/// <param name="Detail">Where it breaks, when it does.</param>
/// <param name="Last">The last record, from which verification can go on; null when the chain is broken or empty.</param>
public sealed record ChainVerdict(bool Valid, long Records, string Detail, AuditRecord? Last);
