using System.Collections.Immutable;
using Fleet.Audit;

namespace Fleet.Gateway.Fakes;

public sealed class FakeAudit(int shard) : IAuditGrain
{
    /// <summary>The chain, open to tampering.</summary>
    public List<AuditRecord> Records { get; } = [];

    /// <summary>Whether the grain fails at every call.</summary>
    public bool Broken { get; set; }

    public Task Append(ImmutableArray<AuditEntry> entries)
    {
        foreach (var entry in entries) Records.Add(AuditChain.Link(shard, Records.Count + 1, Records.LastOrDefault()?.Hash ?? AuditChain.Start, entry));
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<AuditRecord>> Read(long from, int count) => Task.FromResult<ImmutableArray<AuditRecord>>([.. Records.Skip((int)from - 1).Take(count)]);

    public Task<long> Count() => Broken ? throw new InvalidOperationException("the disk is gone") : Task.FromResult((long)Records.Count);
}
