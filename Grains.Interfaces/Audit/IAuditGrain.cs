using System.Collections.Immutable;

namespace Fleet.Audit;

/// <summary>The head of one shard's hash chain. Sealed segments are immutable.</summary>
[Alias("fleet.audit")]
public interface IAuditGrain : IGrainWithIntegerKey
{
    /// <summary>Appends entries; one whose id is there already is passed over. Safe to repeat.</summary>
    [Alias("append")] Task Append(ImmutableArray<AuditEntry> entries);

    /// <summary>Records from number <paramref name="from"/> on, oldest first, at most <paramref name="count"/>.</summary>
    [Alias("read")] Task<ImmutableArray<AuditRecord>> Read(long from, int count);

    /// <summary>How many records the chain has; they are numbered from 1.</summary>
    [Alias("count"), ReadOnly] Task<long> Count();
}

/// <summary>What happened, before it has its place in the chain.</summary>
[GenerateSerializer, Immutable, Alias("fleet.audit-entry")]
public sealed record AuditEntry
{
    /// <summary>Names what happened: the same id twice is the same event told twice.</summary>
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>Who or what: an operator's key name, <c>agent:…</c> or <c>engine</c>.</summary>
    [Id(2)] public required string Actor { get; init; }
    [Id(3)] public required string Action { get; init; }

    /// <summary><c>resource</c>, <c>resource/instance</c>, or <c>image:…</c>.</summary>
    [Id(4)] public required string Subject { get; init; }
    [Id(5)] public string Change { get; init; } = "";
    [Id(6)] public string Reason { get; init; } = "";
    [Id(7)] public string Evidence { get; init; } = "";
    [Id(8)] public string Outcome { get; init; } = "";

    /// <summary>Exactly one record of each change is terminal.</summary>
    [Id(9)] public bool Terminal { get; init; }
}

/// <param name="Number">From 1, without gaps within a shard.</param>
/// <param name="Hash">Hexadecimal SHA-256 over the previous record's hash and this entry's canonical form.</param>
[GenerateSerializer, Immutable, Alias("fleet.audit-record")]
public sealed record AuditRecord(
    [property: Id(0)] int Shard,
    [property: Id(1)] long Number,
    [property: Id(2)] AuditEntry Entry,
    [property: Id(3)] string Hash);

public static class AuditGrains
{
    /// <summary>So many chains; a subject's records are all in one.</summary>
    public const int Shards = 8;

    public static IAuditGrain Audit(this IGrainFactory grains, int shard) => grains.GetGrain<IAuditGrain>(shard);

    /// <summary>The chain that a subject's records are in.</summary>
    public static IAuditGrain AuditOf(this IGrainFactory grains, string subject) => grains.Audit(ShardOf(subject));

    /// <summary>The number of the chain that a subject's records are in.</summary>
    public static int ShardOf(string subject) => StableHash.Shard(subject, Shards);

    public static IAuditSegmentGrain AuditSegment(this IGrainFactory grains, int shard, long segment) =>
        grains.GetGrain<IAuditSegmentGrain>($"{shard}/{segment}");
}
