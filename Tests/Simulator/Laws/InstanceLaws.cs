using Fleet.Committing;
using Fleet.Instances;

namespace Fleet.Simulation;

/// <summary>One lease holder, one change in flight, generations that rise, ends that stay, and nothing accepted is forgotten.</summary>
internal sealed class InstanceLaws(SimWorld world)
{
    private readonly SortedDictionary<string, SortedSet<string>> accepted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Instance, long Generation)> directives = new(StringComparer.Ordinal);

    /// <summary>The generation under which the engine gave out a directive; null when it never did.</summary>
    public long? GenerationOf(string device, string directive) => directives.TryGetValue($"{device}/{directive}", out var known) ? known.Generation : null;

    public IEnumerable<(string Instance, string Change)> AllAccepted => accepted.SelectMany(a => a.Value.Select(change => (a.Key, change)));

    public void Stored(string instance, InstanceState before, InstanceState after)
    {
        foreach (var change in after.Changes.SkipLast(1))
            LawBook.Hold(change.Phase.IsTerminal(), Law.OneInFlight, $"{instance}: {change.Id} is {change.Phase}, and {after.Last!.Id} was begun");
        if (after.InFlight is { } flying)
            LawBook.Hold(after.Lease?.Holder == flying.Id, Law.OneHolder, $"{instance}: {flying.Id} is {flying.Phase}, the lease is {after.Lease?.Holder ?? "nobody"}'s");
        if (before.Lease is { } lease && after.Lease is { } next && lease.Holder != next.Holder)
        {
            var holder = after.Changes.FirstOrDefault(c => c.Id == lease.Holder);
            var expired = world.Simulator.Now + TimeSpan.FromMinutes(1) >= lease.Until;
            LawBook.Hold(holder is null ? expired : holder.Phase.IsTerminal(), Law.OneHolder, $"{instance}: the lease went from {lease.Holder} to {next.Holder} before its time");
        }

        foreach (var was in before.Changes.Where(c => c.Phase.IsTerminal()))
        {
            if (after.Changes.FirstOrDefault(c => c.Id == was.Id) is { } now)
                LawBook.Hold(now.Phase == was.Phase, Law.EndsStay, $"{instance}: {was.Id} was {was.Phase} and is {now.Phase}");
        }

        Directives(instance, before, after);
        foreach (var change in after.Changes.Where(c => c.Phase.IsTerminal() && before.Changes.FirstOrDefault(b => b.Id == c.Id)?.Phase.IsTerminal() != true))
        {
            world.Simulator.Say(instance, $"{change.Id} ends {change.Phase} {change.Reason}");
            var records = after.Outbox.OfType<Effect.Record>().Count(r => r.Entry.Change == change.Id && r.Entry.Terminal);
            LawBook.Hold(records == 1, Law.OneEnd, $"{instance}: {change.Id} ended with {records} records in its outbox");
        }

        foreach (var change in accepted.GetValueOrDefault(instance) ?? []) Known(instance, change, after);
    }

    public void Accepted(string instance, string change)
    {
        if (!accepted.TryGetValue(instance, out var all)) accepted[instance] = all = new(StringComparer.Ordinal);
        all.Add(change);
        var state = world.Disk.State<InstanceState>($"instance/{instance}", "instance") ?? new();
        Known(instance, change, state);
    }

    private static void Known(string instance, string change, InstanceState state) => LawBook.Hold(
        state.Find(change) is not null || state.Changes.Length >= InstanceState.KeptChanges,
        Law.NothingIsLost, $"{instance}: {change} was accepted, and nothing is known of it");

    private void Directives(string instance, InstanceState before, InstanceState after)
    {
        LawBook.Hold(after.Generation >= before.Generation, Law.GenerationsRise, $"{instance}: from {before.Generation} to {after.Generation}");
        var device = instance[..instance.IndexOf('/', StringComparison.Ordinal)];
        foreach (var entry in after.Changes.SelectMany(c => c.Directives))
        {
            var key = $"{device}/{entry.Directive}";
            if (directives.TryGetValue(key, out var known))
            {
                LawBook.Hold(known.Generation == entry.Generation, Law.GenerationsRise, $"{instance}: {entry.Directive} was given out as {known.Generation} and as {entry.Generation}");
                continue;
            }

            LawBook.Hold(entry.Generation > before.Generation, Law.GenerationsRise, $"{instance}: {entry.Directive} has {entry.Generation} after {before.Generation}");
            directives[key] = (instance, entry.Generation);
        }
    }
}
