namespace Fleet.Simulation;

internal enum WriteFault
{
    None,
    Before,
    After,
}

/// <summary>What goes wrong now, and how likely: the sum of the faults that hold at the moment.</summary>
internal sealed class Weather(Simulator simulator, Chance chance)
{
    private readonly List<Fault> present = [];
    private DateTimeOffset splitUntil;
    private DateTimeOffset lastOfEngine = DateTimeOffset.MinValue;

    /// <summary>When something went wrong last.</summary>
    public DateTimeOffset LastFault { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Whether anything may go wrong now.</summary>
    public bool Calm => present.Count == 0;

    /// <summary>
    /// What is decided is stored, or known to be, so much later at most. While storage fails, a grain may not know what of its own
    /// landed, and what it couldn't send to another is sent again after half a minute.
    /// </summary>
    public TimeSpan Storing => StoresWell ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromMinutes(1);

    /// <summary>Whether nothing has gone wrong with the engine and its storage for a while.</summary>
    public bool StoresWell => !present.Exists(fault => fault.IsOfEngine) && simulator.Now - lastOfEngine > TimeSpan.FromMinutes(1);

    /// <summary>Whether two engines ran side by side lately: what one of them remembers may be old.</summary>
    public bool Split => simulator.Now < splitUntil;

    public void SplitFor(TimeSpan time) => splitUntil = simulator.Now + time + TimeSpan.FromMinutes(5);

    public void Begin(Fault fault)
    {
        present.Add(fault);
        Note(fault.IsOfEngine);
    }

    public void End(Fault fault)
    {
        present.Remove(fault);
        Note(fault.IsOfEngine);
    }

    /// <summary>Something goes wrong, or ends to.</summary>
    public void Note(bool ofEngine)
    {
        LastFault = simulator.Now;
        if (ofEngine) lastOfEngine = simulator.Now;
    }

    public bool Holds(FaultKind kind, string target = "") => Find(kind, target) is not null;

    public TimeSpan StorageTime() => Find(FaultKind.SlowDisk) is { } slow && chance.Happens(slow.Strength)
        ? chance.Between(0.1, 8)
        : TimeSpan.FromMicroseconds(200 + chance.Below(2000));

    public bool ReadFails() => Find(FaultKind.DiskErrors) is { } fault && chance.Happens(fault.Strength / 4);

    public WriteFault WriteFails()
    {
        if (Holds(FaultKind.EngineDiskFull)) return WriteFault.Before;
        if (Find(FaultKind.DiskErrors) is not { } fault || !chance.Happens(fault.Strength)) return WriteFault.None;
        return chance.Happens(0.5) ? WriteFault.After : WriteFault.Before;
    }

    public bool AnswersLate() => Find(FaultKind.LateAnswers) is { } fault && chance.Happens(fault.Strength);

    /// <summary>How long a message is under way; null when it is lost.</summary>
    public TimeSpan? Transit(string device)
    {
        if (Holds(FaultKind.Cut, device)) return null;
        if (Find(FaultKind.Lossy, device) is not { } lossy) return TimeSpan.FromMicroseconds(500 + chance.Below(20_000));
        return chance.Happens(lossy.Strength / 2) ? null : chance.Between(0.001, 12);
    }

    public bool Repeats(string device) => chance.Happens(Find(FaultKind.Lossy, device) is { } lossy ? lossy.Strength : 0.01);

    public bool EffectFails(string device) => Find(FaultKind.DeviceErrors, device) is { } fault && chance.Happens(fault.Strength);

    public TimeSpan EffectTime(string device) => Find(FaultKind.DeviceErrors, device) is { } ? chance.Between(0.001, 20) : chance.Between(0.001, 0.3);

    public bool DeviceDiskFull(string device) => Holds(FaultKind.DeviceDiskFull, device);

    public TimeSpan Between(double leastSeconds, double mostSeconds) => chance.Between(leastSeconds, mostSeconds);

    public int Below(int limit) => chance.Below(limit);

    /// <summary>Whether the device's disk takes a write and fails all the same.</summary>
    public bool SavesAndFails(string device) => DeviceDiskFull(device) && chance.Happens(0.3);

    public T One<T>(IReadOnlyList<T> of) => chance.One(of);

    private Fault? Find(FaultKind kind, string target = "") => present.Find(fault => fault.Kind == kind && (fault.Target == "" || fault.Target == target));
}
