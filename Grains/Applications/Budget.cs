using Fleet.Audit;
using Fleet.Committing;
using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Applications;

/// <summary>Who may be out of service now. Pure.</summary>
internal static class Budget
{
    /// <summary>Who was turned away and hasn't asked again for so long doesn't go first any more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static (ApplicationState State, ImmutableArray<Effect> Effects) Set(ApplicationState state, string application, int most, string by, string reason, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        if (state.Most == most) return (state, []);
        return (state with { Most = most }, [new Effect.Record(new AuditEntry
        {
            Id = $"application:{application}:budget:{now.UtcTicks}",
            At = now,
            Actor = by,
            Action = "budget.set",
            Subject = $"application:{application}",
            Reason = reason,
            Evidence = $"{state.Most?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"} -> {most}",
            Outcome = "SET",
        })]);
    }

    /// <summary>Gives slots to those that fit. An instance that is out already counts once, for whoever asked last.</summary>
    /// <param name="turnedAway">Others that were turned away: the more urgent of them goes first.</param>
    public static (ApplicationState State, ImmutableArray<InstanceId> Granted) Take(
        ApplicationState state, SlotRequest request, ImmutableArray<TurnedAway> turnedAway, DateTimeOffset now)
    {
        var slots = Present(state.Slots, now);
        var most = state.Most ?? int.MaxValue;
        var yields = turnedAway.Any(t => t.Holder != request.Holder && now - t.Last <= Patience && Urgency(t.Lane, t.Priority).CompareTo(Urgency(request.Lane, request.Priority)) < 0);
        var granted = ImmutableArray.CreateBuilder<InstanceId>();
        foreach (var instance in request.Instances)
        {
            var key = instance.ToString();
            if (!slots.ContainsKey(key) && (yields || slots.Count >= most)) continue;
            slots = slots.SetItem(key, new(request.Holder, request.Until));
            granted.Add(instance);
        }
        return (Same(state.Slots, slots) ? state : state with { Slots = slots }, granted.ToImmutable());
    }

    /// <summary>Remembers who was turned away, in whole or in part, until it has what it asked for.</summary>
    public static ImmutableArray<TurnedAway> Remember(ImmutableArray<TurnedAway> turnedAway, SlotRequest request, int granted, DateTimeOffset now)
    {
        var others = turnedAway.RemoveAll(t => t.Holder == request.Holder || now - t.Last > Patience);
        return granted < request.Instances.Length ? others.Add(new(request.Holder, request.Lane, request.Priority, now)) : others;
    }

    public static ApplicationState GiveBack(ApplicationState state, string holder, ImmutableArray<InstanceId> instances)
    {
        var back = instances.Select(i => i.ToString()).Where(key => state.Slots.GetValueOrDefault(key)?.Holder == holder).ToArray();
        return back.Length == 0 ? state : state with { Slots = state.Slots.RemoveRange(back) };
    }

    public static BudgetView View(ApplicationState state, string application, DateTimeOffset now) => new(
        application, state.Most, [.. Present(state.Slots, now).Select(s => new SlotHeld(InstanceId.Parse(s.Key), s.Value.Holder, s.Value.Until))]);

    private static ImmutableSortedDictionary<string, Slot> Present(ImmutableSortedDictionary<string, Slot> slots, DateTimeOffset now) =>
        slots.Values.Any(s => s.Until <= now) ? slots.RemoveRange(slots.Where(s => s.Value.Until <= now).Select(s => s.Key)) : slots;

    private static bool Same(ImmutableSortedDictionary<string, Slot> a, ImmutableSortedDictionary<string, Slot> b) => ReferenceEquals(a, b) || a.SequenceEqual(b);

    private static (int, int) Urgency(Lane lane, int priority) => (lane == Lane.Emergency ? 0 : 1, -priority);
}

/// <summary>Someone who wanted slots and didn't get all of them. Not stored: whoever still wants them asks again.</summary>
internal sealed record TurnedAway(string Holder, Lane Lane, int Priority, DateTimeOffset Last);
