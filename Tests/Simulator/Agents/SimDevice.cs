using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Simulation;

/// <summary>
/// A device in memory. Its slots survive the agent, what runs in them survives the agent but not a reboot. An effect may
/// have come about when the agent dies, or not.
/// </summary>
internal sealed class SimDevice(string name, Simulator simulator, Weather weather)
{
    private readonly SortedDictionary<(string Instance, int Id), Slot> slots = [];
    private readonly SortedDictionary<string, int> routes = new(StringComparer.Ordinal);
    private long clock = 1000;

    public sealed class Slot
    {
        public required Stack Stack { get; set; }
        public long Start { get; set; }
        public bool Running => Start != 0;
        public bool OldCode { get; set; }
    }

    public string Name => name;

    public IReadOnlyDictionary<(string Instance, int Id), Slot> Slots => slots;

    /// <summary>Where an instance's traffic goes; 0 is nowhere.</summary>
    public int Routed(string instance) => routes.GetValueOrDefault(instance);

    public IEnumerable<int> Running(string instance) => slots.Where(s => s.Key.Instance == instance && s.Value.Running).Select(s => s.Key.Id);

    /// <summary>What ran, and where traffic went, is gone; the disk stays.</summary>
    public void Reboot()
    {
        foreach (var slot in slots.Values) (slot.Start, slot.OldCode) = (0, false);
        routes.Clear();
    }

    /// <summary>A service ends by itself.</summary>
    public void Die()
    {
        var running = slots.Where(s => s.Value.Running).ToList();
        if (running.Count > 0) weather.One(running).Value.Start = 0;
    }

    public async Task<Happening> Do(Effect effect, CancellationToken cancel)
    {
        await simulator.Delay(weather.EffectTime(name));
        if (cancel.IsCancellationRequested && weather.EffectFails("")) throw new OperationCanceledException(cancel);
        if (weather.EffectFails(name)) return new Happening.Failed("DEVICE_FAILED", "the weather was bad", Final: false);
        var happening = Now(effect);
        await simulator.Delay(weather.EffectTime(name) / 4);
        return happening;
    }

    private Happening Now(Effect effect)
    {
        switch (effect)
        {
            case Effect.Fetch fetch:
                return new Happening.ContentReady(fetch.Patch.Kind == PatchKind.Layer ? Catalogue.Contents(fetch.Patch.Target!.Version) : null);
            case Effect.Unpack:
                return new Happening.Done();
            case Effect.Create create:
                slots.TryAdd((create.Instance, create.Slot.Id), new Slot { Stack = create.Slot.Stack });
                return new Happening.Created(create.Slot.Id);
            case Effect.Start start:
                return Start(start);
            case Effect.Probe probe:
                return new Happening.Probed(Ask(probe.Instance, probe.Slot.Id));
            case Effect.Route route:
                routes[route.Instance] = route.Slot?.Id ?? 0;
                return new Happening.Done();
            case Effect.Count count:
                return new Happening.Counted(Find(count.Instance, count.Slot) is { Running: true } ? (int)(clock++ % 3) : 0);
            case Effect.Stop stop:
                if (Find(stop.Instance, stop.Slot) is { } stopped) stopped.Start = 0;
                return new Happening.Done();
            case Effect.Remove remove:
                slots.Remove((remove.Instance, remove.Slot.Id));
                return new Happening.Done();
            case Effect.Replace replace:
                if (Find(replace.Instance, replace.Slot) is not { Running: true } replaced) return NotRunning;
                replaced.Stack = replaced.Stack with { Layers = replace.Layers };
                replaced.OldCode = true;
                return new Happening.Done();
            case Effect.ReExec reExec:
                if (Find(reExec.Instance, reExec.Slot) is not { Running: true } executed) return NotRunning;
                executed.OldCode = false;
                return new Happening.Done();
            case Effect.Look look:
                return new Happening.Looked(Running(look.Instance).Count(id => id != look.Slot.Id), Find(look.Instance, look.Slot) is { OldCode: true } ? 1 : 0);
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "unknown effect");
        }
    }

    private static Happening.Failed NotRunning => new("DEVICE_FAILED", "the slot does not run", Final: false);

    private Happening Start(Effect.Start start)
    {
        if (Find(start.Instance, start.Slot) is not { } slot) return new Happening.Failed("DEVICE_FAILED", "there is no such slot", Final: false);
        if (Catalogue.TraitOf(slot.Stack.Manifest) == Trait.DoesNotStart) return new Happening.Failed("START_FAILED", "it can't", Final: false);
        if (!slot.Running) (slot.Start, slot.OldCode) = (++clock, false);
        return new Happening.Started((start.Slot.Id * 100) + 1, slot.Start);
    }

    private Slot? Find(string instance, SlotState slot) => slots.GetValueOrDefault((instance, slot.Id));

    private ProbeAnswer Ask(string instance, int id)
    {
        if (slots.GetValueOrDefault((instance, id)) is not { Running: true } slot) return new ProbeAnswer(false, false, "dead");
        return Catalogue.TraitOf(slot.Stack.Manifest) switch
        {
            Trait.NeverAnswers => new ProbeAnswer(false, true, "silent"),
            Trait.SickUnderTraffic when Routed(instance) == id => new ProbeAnswer(false, true, "500"),
            _ => new ProbeAnswer(true, true, ""),
        };
    }
}

/// <summary>One agent process's hands on the device.</summary>
internal sealed class DeviceHands(SimDevice device) : IDevice
{
    public Task<Happening> Do(Effect effect, CancellationToken cancel) => device.Do(effect, cancel);

    public Task<ImageContents?> Contents(InstanceManifest manifest, CancellationToken cancel) => Task.FromResult<ImageContents?>(Catalogue.Contents(manifest.Version));

    public SlotSight See(string instance, SlotState slot) =>
        new(device.Slots.TryGetValue((instance, slot.Id), out var known) && known.Running, known is { Running: true } ? (slot.Id * 100) + 1 : 0, "", "", 0);

    public Task Collect(Func<ImmutableArray<Stack>?> needed, CancellationToken cancel) => Task.CompletedTask;
}

/// <summary>The journals of a device: they survive the agent and the device.</summary>
internal sealed class SimJournal(string device, Weather weather, LawBook laws, SortedDictionary<string, byte[]> files) : IJournal
{
    public IReadOnlyList<string> Names() => [.. files.Keys];

    public InstanceState? Load(string instance)
    {
        if (!files.TryGetValue(instance, out var file)) return null;
        var state = System.Text.Json.JsonSerializer.Deserialize(file, StateJson.Default.InstanceState)!;
        laws.Journaled(device, state);
        return state;
    }

    public void Save(InstanceState state)
    {
        var file = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.InstanceState);
        if (files.TryGetValue(state.Name, out var before) && before.AsSpan().SequenceEqual(file)) return;
        // As the real one: what fails late may have replaced what was there. It counts once somebody goes on from it.
        var late = weather.SavesAndFails(device);
        if (!late && weather.DeviceDiskFull(device)) throw new IOException("the device's disk is full");
        files[state.Name] = file;
        if (late) throw new IOException("the device's disk failed");
        laws.Journaled(device, state);
    }
}
