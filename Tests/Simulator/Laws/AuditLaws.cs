using Fleet.Audit;

namespace Fleet.Simulation;

/// <summary>Each chain verifies and only grows, no event is in it twice, and each change has exactly one terminal record.</summary>
internal sealed class AuditLaws(SimWorld world)
{
    private readonly HashSet<string> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Subject, string Change), int> terminal = [];
    private readonly Dictionary<GrainId, AuditRecord> last = [];

    public void Stored(GrainId grain, AuditState before, AuditState after)
    {
        if (after.Sealed == before.Sealed + 1)
        {
            LawBook.Hold(after.Open.IsEmpty && after.SealedHash == before.Open[^1].Hash, "the audit chain verifies", $"{grain}: was sealed with other records");
            return;
        }

        var kept = after.Sealed == before.Sealed && after.Open.Length >= before.Open.Length
            && after.Open.Take(before.Open.Length).Select(r => r.Hash).SequenceEqual(before.Open.Select(r => r.Hash));
        LawBook.Hold(kept, "what is acknowledged is not lost", $"{grain}: the audit lost records");

        var added = after.Open.Skip(before.Open.Length).ToList();
        if (added.Count == 0) return;
        var verdict = AuditChain.Verify(added, last.GetValueOrDefault(grain));
        LawBook.Hold(verdict.Valid, "the audit chain verifies", verdict.Detail);
        last[grain] = added[^1];
        foreach (var record in added) Count(record.Entry);
    }

    public static void Sealed(GrainId grain, AuditSegmentState before, AuditSegmentState after) => LawBook.Hold(
        before.Records.IsEmpty || before.Records.Select(r => r.Hash).SequenceEqual(after.Records.Select(r => r.Hash)),
        "the audit chain verifies", $"{grain}: a sealed segment was changed");

    public void AtTheEnd(IEnumerable<(string Instance, string Change)> accepted)
    {
        foreach (var (instance, change) in accepted)
        {
            // A taking back that was asked for while its change was in flight is part of that change.
            if (!ids.Contains($"{instance}:{change}:requested")) continue;
            var count = terminal.GetValueOrDefault((instance, change));
            LawBook.Hold(count == 1, "one terminal record per change", $"{instance}: {change} has {count} when all is over");
        }
    }

    private void Count(AuditEntry entry)
    {
        LawBook.Hold(ids.Add(entry.Id), "an event is recorded once", $"'{entry.Id}' is in the audit twice");
        if (!entry.Terminal) return;
        var count = terminal[(entry.Subject, entry.Change)] = terminal.GetValueOrDefault((entry.Subject, entry.Change)) + 1;
        // A rollout that had ended and is taken back then is another undertaking, with an end of its own.
        var most = 1 + (world.Disk.State<Rollouts.RolloutState>($"rollout/{entry.Change}", "rollout")?.Reopened ?? 0);
        LawBook.Hold(count <= most, "one terminal record per change", $"{entry.Subject}: {entry.Change} has {count}");
    }
}
