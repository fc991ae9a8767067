using Fleet.Audit;
using Fleet.Rollouts;

namespace Fleet.Simulation;

/// <summary>Each chain verifies and only grows, no event is in it twice, and each change has exactly one terminal record.</summary>
internal sealed class AuditLaws(SimWorld world)
{
    private readonly HashSet<(string Instance, string Change)> parts = [];
    private readonly HashSet<string> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Subject, string Change), int> terminal = [];
    private readonly Dictionary<GrainId, AuditRecord> last = [];

    public void Stored(GrainId grain, AuditState before, AuditState after)
    {
        if (after.Sealed == before.Sealed + 1)
        {
            LawBook.Hold(after.Open.IsEmpty && after.SealedHash == before.Open[^1].Hash, Law.ChainVerifies, $"{grain}: was sealed with other records");
            return;
        }

        var kept = after.Sealed == before.Sealed && after.Open.Length >= before.Open.Length
            && after.Open.Take(before.Open.Length).Select(r => r.Hash).SequenceEqual(before.Open.Select(r => r.Hash));
        LawBook.Hold(kept, Law.NothingIsLost, $"{grain}: the audit lost records");

        var added = after.Open.Skip(before.Open.Length).ToList();
        if (added.Count == 0) return;
        var verdict = AuditChain.Verify(added, last.GetValueOrDefault(grain));
        LawBook.Hold(verdict.Valid, Law.ChainVerifies, verdict.Detail);
        last[grain] = added[^1];
        foreach (var record in added) Count(record.Entry);
    }

    public static void Sealed(GrainId grain, AuditSegmentState before, AuditSegmentState after) => LawBook.Hold(
        before.Records.IsEmpty || before.Records.Select(r => r.Hash).SequenceEqual(after.Records.Select(r => r.Hash)),
        Law.ChainVerifies, $"{grain}: a sealed segment was changed");

    /// <summary>Notes which takings back are part of the change that they take back.</summary>
    public void Stored(string instance, Instances.InstanceState after)
    {
        foreach (var change in after.Changes)
            foreach (var back in change.Backs)
                if (back != change.Id) parts.Add((instance, back));
    }

    public void AtTheEnd(IEnumerable<(string Instance, string Change)> accepted)
    {
        foreach (var (instance, change) in accepted)
        {
            // A taking back that was asked for while its change was in flight is part of that change.
            if (parts.Contains((instance, change))) continue;
            var count = terminal.GetValueOrDefault((instance, change));
            LawBook.Hold(count == 1, Law.OneEnd, $"{instance}: {change} has {count} when all is over");
        }

        foreach (var ((grain, _), record) in world.Disk.States)
        {
            if (record.State is not RolloutState { Spec: not null } rollout || !rollout.Phase.IsTerminal()) continue;
            // A rollout that had ended and is taken back then is another undertaking, with a name and an end of its own.
            var id = grain["rollout/".Length..];
            foreach (var change in Enumerable.Range(0, rollout.Reopened + 1).Select(again => again == 0 ? id : again == 1 ? $"{id}-back" : $"{id}-back-{again}"))
            {
                var count = terminal.GetValueOrDefault(($"rollout:{id}", change));
                LawBook.Hold(count == 1, Law.OneEnd, $"{grain}: {change} has {count} when all is over");
            }
        }
    }

    private void Count(AuditEntry entry)
    {
        LawBook.Hold(ids.Add(entry.Id), Law.RecordedOnce, $"'{entry.Id}' is in the audit twice");
        if (!entry.Terminal) return;
        var count = terminal[(entry.Subject, entry.Change)] = terminal.GetValueOrDefault((entry.Subject, entry.Change)) + 1;
        LawBook.Hold(count <= 1, Law.OneEnd, $"{entry.Subject}: {entry.Change} has {count}");
    }
}
