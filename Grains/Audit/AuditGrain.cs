using Fleet.Committing;

namespace Fleet.Audit;

/// <summary>Appends to one chain, and passes over what it has already.</summary>
/// <remarks>
/// An entry is told again only until its sender's next write, which comes with the sender's next wake-up, half a minute
/// later, or the first one after an outage, in which nothing is appended either. So the ids of the last
/// <see cref="Remembered"/> records and of the open segment are far more than is needed; they are read back from the
/// records themselves at activation, so nothing is stored twice and memory stays bounded.
/// </remarks>
[GrainType("audit")]
internal sealed class AuditGrain([PersistentState("audit", "fleet")] IPersistentState<AuditState> stored) : Grain, IAuditGrain
{
    /// <summary>How many sealed records' ids are remembered.</summary>
    public const int Remembered = 4096;

    /// <summary>The most that one call reads.</summary>
    public const int MostRead = 1000;

    private readonly Queue<ImmutableArray<string>> segments = new();
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    private int Shard => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var first = Math.Max(0, stored.State.Sealed - (Remembered / stored.State.SegmentLength));
        var latest = Enumerable.Range(0, (int)(stored.State.Sealed - first)).Select(after => GrainFactory.AuditSegment(Shard, first + after).Read());
        foreach (var records in await Task.WhenAll(latest)) Remember(records);
        Learn(stored.State.Open);
    }

    public async Task Append(ImmutableArray<AuditEntry> entries)
    {
        try
        {
            await AppendNew(entries);
        }
        catch (Exception)
        {
            // What of it landed is read back with the ids, at the next activation.
            DeactivateOnIdle();
            throw;
        }
    }

    private async Task AppendNew(ImmutableArray<AuditEntry> entries)
    {
        var rest = entries.DistinctBy(e => e.Id).Where(e => !known.Contains(e.Id)).ToList();
        while (rest.Count > 0)
        {
            if (stored.State.Full) await Seal();
            var before = stored.State.Open.Length;
            await stored.Replace(AuditLog.Append(stored.State, Shard, rest), DeactivateOnIdle);
            Learn(stored.State.Open.Skip(before));
            rest.RemoveRange(0, stored.State.Open.Length - before);
        }
    }

    public async Task<ImmutableArray<AuditRecord>> Read(long from, int count)
    {
        var first = Math.Max(1, from);
        var last = Math.Min(stored.State.Count, first + Math.Clamp(count, 0, MostRead) - 1);
        var read = ImmutableArray.CreateBuilder<AuditRecord>();
        while (first <= last)
        {
            var segment = (first - 1) / stored.State.SegmentLength;
            var records = segment < stored.State.Sealed ? await GrainFactory.AuditSegment(Shard, segment).Read() : stored.State.Open;
            var wanted = records.Where(r => r.Number >= first && r.Number <= last).ToList();
            if (wanted.Count == 0) throw new InvalidOperationException($"audit shard {Shard}: record {first} is missing");
            read.AddRange(wanted);
            first = wanted[^1].Number + 1;
        }
        return read.ToImmutable();
    }

    public Task<long> Count() => Task.FromResult(stored.State.Count);

    // First the segment, then the head without it: a crash between the two seals the same records once more.
    private async Task Seal()
    {
        var records = stored.State.Open;
        await GrainFactory.AuditSegment(Shard, stored.State.Sealed).Seal(records);
        await stored.Replace(AuditLog.Seal(stored.State), DeactivateOnIdle);
        Remember(records);
    }

    private void Remember(ImmutableArray<AuditRecord> records)
    {
        Learn(records);
        segments.Enqueue([.. records.Select(r => r.Entry.Id)]);
        if (segments.Count > Remembered / stored.State.SegmentLength) known.ExceptWith(segments.Dequeue());
    }

    private void Learn(IEnumerable<AuditRecord> records) => known.UnionWith(records.Select(r => r.Entry.Id));
}
