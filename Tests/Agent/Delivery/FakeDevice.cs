using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>A device in memory. What it does is decided by what runs on it and by the faults that a test gives it.</summary>
internal sealed class FakeDevice
{
    private readonly SortedDictionary<int, FakeSlot> _slots = [];
    private long _clock = 1000;

    public sealed class FakeSlot
    {
        public required Stack Stack { get; set; }
        public long Start { get; set; }
        public bool Running => Start != 0;
        public SortedSet<string> Replaced { get; } = [];
        public bool OldCode { get; set; }
    }

    /// <summary>Where traffic goes; 0 is nowhere.</summary>
    public int Routed { get; private set; }
    public IReadOnlyDictionary<int, FakeSlot> Slots => _slots;
    public IEnumerable<int> Running => _slots.Where(s => s.Value.Running).Select(s => s.Key);

    /// <summary>Which traits make a version misbehave.</summary>
    public Func<Stack, Trait> TraitOf { get; init; } = _ => Trait.Well;

    /// <summary>Every time when traffic went to a slot that did not run.</summary>
    public int Lost { get; private set; }

    /// <summary>Whether two slots ever ran at once.</summary>
    public bool Doubled { get; private set; }

    /// <summary>How often each slot was made.</summary>
    public Dictionary<int, int> Starts { get; } = [];
    public ImageContents? Image { get; set; }

    /// <summary>The device loses its power: what ran, and where traffic went, is gone; the disk stays.</summary>
    public void Reboot()
    {
        foreach (var slot in _slots.Values) (slot.Start, slot.OldCode) = (0, false);
        Routed = 0;
    }

    /// <summary>The service of a slot ends by itself.</summary>
    public void Die(int slot) => _slots[slot].Start = 0;

    public Happening Do(Effect effect)
    {
        switch (effect)
        {
            case Effect.Fetch fetch:
                return new Happening.ContentReady(fetch.Patch.Kind == PatchKind.Layer ? Sample.Contents(fetch.Patch.Target!.Version) : null);
            case Effect.Unpack:
                return new Happening.Done();
            case Effect.Create create:
                _slots.TryAdd(create.Slot.Id, new FakeSlot { Stack = create.Slot.Stack });
                return new Happening.Created(create.Slot.Id);
            case Effect.Start start:
                var slot = _slots[start.Slot.Id];
                if (TraitOf(slot.Stack) == Trait.DoesNotStart) return new Happening.Failed("START_FAILED", "it can't", false);
                if (!slot.Running)
                {
                    slot.Start = ++_clock;
                    Starts[start.Slot.Id] = Starts.GetValueOrDefault(start.Slot.Id) + 1;
                }
                Doubled |= Running.Count() > 1;
                return new Happening.Started(start.Slot.Id * 100, slot.Start);
            case Effect.Probe probe:
                return new Happening.Probed(Ask(probe.Slot.Id));
            case Effect.Route route:
                Routed = route.Slot?.Id ?? 0;
                if (route.Slot is not null && !_slots[Routed].Running) Lost++;
                return new Happening.Done();
            case Effect.Count count:
                return new Happening.Counted(_slots[count.Slot.Id].Running ? (int)(_clock++ % 3) : 0);
            case Effect.Stop stop:
                _slots[stop.Slot.Id].Start = 0;
                return new Happening.Done();
            case Effect.Remove remove:
                if (Routed == remove.Slot.Id) Lost++;
                _slots.Remove(remove.Slot.Id);
                return new Happening.Done();
            case Effect.Replace replace:
                if (!_slots[replace.Slot.Id].Running) return new Happening.Failed("DEVICE_FAILED", "the slot does not run", false);
                _slots[replace.Slot.Id].Stack = replace.Slot.Stack with { Layers = replace.Layers };
                _slots[replace.Slot.Id].OldCode = true;
                return new Happening.Done();
            case Effect.ReExec reExec:
                if (!_slots[reExec.Slot.Id].Running) return new Happening.Failed("DEVICE_FAILED", "the slot does not run", false);
                if (TraitOf(_slots[reExec.Slot.Id].Stack) == Trait.DoesNotStart) return new Happening.Failed("REEXEC_FAILED", "it can't", true);
                _slots[reExec.Slot.Id].OldCode = false;
                return new Happening.Done();
            case Effect.Look look:
                return new Happening.Looked(Running.Count(s => s != look.Slot.Id), _slots[look.Slot.Id].OldCode ? 1 : 0);
            default:
                throw new ArgumentOutOfRangeException(nameof(effect));
        }
    }

    private ProbeAnswer Ask(int id)
    {
        if (!_slots.TryGetValue(id, out var slot) || !slot.Running) return new ProbeAnswer(false, false, "dead");
        return TraitOf(slot.Stack) switch
        {
            Trait.NeverAnswers => new ProbeAnswer(false, true, "silent"),
            Trait.SickUnderTraffic when Routed == id => new ProbeAnswer(false, true, "500"),
            _ => new ProbeAnswer(true, true, ""),
        };
    }
}

internal enum Trait
{
    Well,
    DoesNotStart,
    NeverAnswers,
    SickUnderTraffic,
}
