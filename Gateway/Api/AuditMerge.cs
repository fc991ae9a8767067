using System.Collections.Immutable;
using Fleet.Audit;

namespace Fleet.Gateway.Api;

/// <summary>Reads all shards of the audit as one, by time; within a shard the chain's order stands whatever the times say.</summary>
/// <param name="after">In each shard, the number of the last record that was passed.</param>
/// <param name="wanted">Which records are asked for; the others are passed over.</param>
internal sealed class AuditMerge(IGrainFactory grains, ImmutableArray<long> after, Func<AuditRecord, bool> wanted)
{
    // So many records at a time from each shard, and so many looked at for one page: a page may be short, and its token goes on.
    private const int Batch = 256;
    private const int MostLookedAt = 20_000;

    private readonly Shard[] shards = [.. after.Select((position, number) => new Shard(grains.Audit(number), position))];

    /// <summary>The next records, and the positions after them; no positions when there are no more.</summary>
    public async Task<(ImmutableArray<AuditRecord> Records, ImmutableArray<long>? Next)> Page(int size, CancellationToken cancel)
    {
        var page = ImmutableArray.CreateBuilder<AuditRecord>();
        var bytes = 0L;
        for (var lookedAt = 0; page.Count < size && bytes < Api.Page.MostBytes && lookedAt < MostLookedAt; lookedAt++)
        {
            cancel.ThrowIfCancellationRequested();
            if (await Oldest() is not { } shard) return (page.ToImmutable(), null);
            var record = shard.Take();
            if (!wanted(record)) continue;
            page.Add(record);
            bytes += Wires.Of(record).CalculateSize();
        }

        return (page.ToImmutable(), await Oldest() is null ? null : [.. shards.Select(s => s.Position)]);
    }

    private async Task<Shard?> Oldest()
    {
        await Task.WhenAll(shards.Select(s => s.Fill()));
        return shards.Where(s => s.Next is not null).MinBy(s => s.Next!.Entry.At);
    }

    /// <summary>One shard, read ahead.</summary>
    private sealed class Shard(IAuditGrain grain, long position)
    {
        private readonly Queue<AuditRecord> ahead = new();
        private bool ended;

        public long Position { get; private set; } = position;

        public AuditRecord? Next => ahead.TryPeek(out var record) ? record : null;

        public AuditRecord Take()
        {
            var record = ahead.Dequeue();
            Position = record.Number;
            return record;
        }

        public async Task Fill()
        {
            if (ahead.Count > 0 || ended) return;
            foreach (var record in await grain.Read(Position + 1, Batch)) ahead.Enqueue(record);
            ended = ahead.Count < Batch;
        }
    }
}
