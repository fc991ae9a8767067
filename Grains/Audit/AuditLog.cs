namespace Fleet.Audit;

/// <summary>How a chain grows. Pure.</summary>
internal static class AuditLog
{
    /// <summary>Adds as many entries as the open segment has room for.</summary>
    public static AuditState Append(AuditState state, int shard, IReadOnlyList<AuditEntry> entries)
    {
        var open = state.Open;
        var number = state.Count;
        foreach (var entry in entries.Take(state.SegmentLength - open.Length))
        {
            var previous = open.IsEmpty ? state.SealedHash : open[^1].Hash;
            open = open.Add(AuditChain.Link(shard, ++number, previous, entry));
        }
        return state with { Open = open };
    }

    /// <summary>After the open segment was sealed elsewhere, a new one begins.</summary>
    public static AuditState Seal(AuditState state) =>
        state with { Sealed = state.Sealed + 1, SealedHash = state.Open[^1].Hash, Open = [] };
}
