namespace Fleet.Simulation;

/// <summary>What can go wrong.</summary>
internal enum FaultKind
{
    /// <summary>The engine is killed, and starts again after the fault's time.</summary>
    EngineCrash,

    /// <summary>A second engine starts beside the first, as in a partition: each grain may be awake twice. At the end one of them is lost.</summary>
    Split,
    SlowDisk,

    /// <summary>Reads and writes fail, writes before or after they landed.</summary>
    DiskErrors,
    EngineDiskFull,

    /// <summary>Calls execute, and time out for their callers all the same.</summary>
    LateAnswers,

    /// <summary>The engine's wall clock jumps.</summary>
    EngineSkew,

    /// <summary>The agent is killed, and starts again after the fault's time.</summary>
    AgentCrash,

    /// <summary>The device loses its power.</summary>
    Reboot,
    DeviceDiskFull,

    /// <summary>Effects on the device fail, or take long.</summary>
    DeviceErrors,

    /// <summary>The service dies.</summary>
    ServiceDeath,

    /// <summary>The device's wall clock jumps.</summary>
    DeviceSkew,

    /// <summary>Nothing gets through.</summary>
    Cut,

    /// <summary>Messages are lost, late, repeated and out of order.</summary>
    Lossy,
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="At">When, from the beginning.</param>
/// <param name="For">For how long.</param>
/// <param name="Target">The device that it is about; empty: the engine, or all devices.</param>
/// <param name="Strength">How likely it strikes where it may.</param>
internal sealed record Fault(FaultKind Kind, TimeSpan At, TimeSpan For, string Target, double Strength)
{
    /// <summary>Whether it strikes the engine, its storage or its clock; all others strike devices or the way to them.</summary>
    public bool IsOfEngine => Kind is FaultKind.EngineCrash or FaultKind.Split or FaultKind.SlowDisk or FaultKind.DiskErrors or FaultKind.EngineDiskFull
        or FaultKind.LateAnswers or FaultKind.EngineSkew;

    public override string ToString() => $"{At:hh\\:mm\\:ss\\.fff} {Kind} {Target} for {For:hh\\:mm\\:ss\\.fff} strength {Strength:0.00}";
}

/// <summary>What somebody asks for.</summary>
internal enum WishKind
{
    Apply,
    RollBack,
    Label,
    /// <summary>Takes the lease of one instance, and changes nothing.</summary>
    Hold,

    /// <summary>Keeps a whole resource from being changed, and releases it, or not.</summary>
    HoldResource,
    Quarantine,
    LiftQuarantine,

    /// <summary>Brings a patch to all instances of the image.</summary>
    Rollout,

    /// <summary>Stops, pauses, takes back … the rollout.</summary>
    Control,
    Freeze,
    Budget,
}

/// <summary>One thing that an operator wants of an instance.</summary>
internal sealed record Wish(WishKind Kind, TimeSpan At, string Id, string Device, string Instance, string Patch, double Seconds)
{
    public override string ToString() => $"{At:hh\\:mm\\:ss\\.fff} {Kind} '{Id}' {Device}/{Instance} {Patch} {Seconds:0.0}";
}

/// <summary>All that will happen to a world from outside; a function of its seed.</summary>
/// <param name="IdleAge">When a grain that nobody calls falls asleep.</param>
/// <param name="MostRunning">So many ordinary rollouts dispatch at once.</param>
/// <param name="Hurried">Whether rollouts have so little patience that their deadlines come within the run.</param>
internal sealed record Plan(
    ulong Seed, int Devices, TimeSpan IdleAge, TimeSpan Length, ImmutableArray<Wish> Wishes, ImmutableArray<Fault> Faults, int MostRunning = 16, bool Hurried = false)
{
    private static readonly FaultKind[] OfEngine =
        [FaultKind.EngineCrash, FaultKind.EngineCrash, FaultKind.EngineCrash, FaultKind.Split, FaultKind.SlowDisk, FaultKind.DiskErrors, FaultKind.DiskErrors, FaultKind.EngineDiskFull, FaultKind.LateAnswers, FaultKind.EngineSkew];

    private static readonly FaultKind[] OfDevice =
        [FaultKind.AgentCrash, FaultKind.AgentCrash, FaultKind.AgentCrash, FaultKind.Reboot, FaultKind.DeviceDiskFull, FaultKind.DeviceErrors, FaultKind.ServiceDeath, FaultKind.DeviceSkew, FaultKind.Cut, FaultKind.Cut, FaultKind.Lossy, FaultKind.Lossy];

    public static Plan Of(ulong seed)
    {
        var chance = Chance.Of(seed, "plan");
        var devices = 1 + chance.Below(3);
        var length = TimeSpan.FromMinutes(4 + chance.Below(9));
        var wishes = Enumerable.Range(1, 3 + chance.Below(10)).Select(i => Wish(chance, i, devices, length)).OrderBy(w => w.At);
        var faults = Enumerable.Range(0, chance.Below(10)).Select(_ => Fault(chance, devices, length)).OrderBy(f => f.At);
        var plan = new Plan(seed, devices, TimeSpan.FromSeconds(chance.One([20, 60, 300])), length, [.. wishes], [.. faults]);
        if (chance.Below(2) != 0) plan = plan.WithRollout(Chance.Of(seed, "rollout"));
        return plan.WithHolds(Chance.Of(seed, "hold")).WithSecondThoughts(Chance.Of(seed, "regret")).WithPowerCuts(Chance.Of(seed, "power"));
    }

    /// <summary>Changes that are taken back as soon as they are asked for, over a line on which one may overtake the other.</summary>
    private Plan WithSecondThoughts(Chance chance)
    {
        var regretted = Wishes.Where(w => w.Kind == WishKind.Apply && chance.Below(4) == 0).ToArray();
        var thoughts = regretted.Select(w => new Wish(WishKind.RollBack, w.At + chance.Between(0.01, 5), $"{w.Id}-back", w.Device, w.Instance, w.Patch, w.Seconds)).ToArray();
        var losses = regretted.Where(_ => chance.Below(2) == 0).Select(w => new Fault(FaultKind.Lossy, w.At, chance.Between(1, 20), w.Device, chance.One([0.1, 0.3])));
        return this with { Wishes = [.. Wishes.Concat(thoughts).OrderBy(w => w.At)], Faults = [.. Faults.Concat(losses).OrderBy(f => f.At)] };
    }

    /// <summary>Devices that lose their power soon after something was asked of them.</summary>
    private Plan WithPowerCuts(Chance chance)
    {
        var cuts = Wishes.Where(w => w.Device != "" && chance.Below(12) == 0).Select(w => new Fault(FaultKind.Reboot, w.At + chance.Between(0.1, 30), chance.Between(0.05, 40), w.Device, 0));
        return this with { Faults = [.. Faults.Concat(cuts).OrderBy(f => f.At)] };
    }

    private Plan WithHolds(Chance chance)
    {
        var holds = Enumerable.Range(1, Math.Max(0, chance.Below(5) - 2)).Select(i =>
            new Wish(WishKind.HoldResource, chance.Between(TimeSpan.FromSeconds(5), Length), $"h{i}", Device(1 + chance.Below(Devices)), "", "", chance.One([40.0, 120, 121])));
        return this with { Wishes = [.. Wishes.Concat(holds).OrderBy(w => w.At)] };
    }

    /// <summary>Instances that are installed early, a rollout to all of them, and what people do about it.</summary>
    private Plan WithRollout(Chance chance)
    {
        var wishes = ImmutableArray.CreateBuilder<Wish>();
        for (var device = 1; device <= 3; device++)
        {
            foreach (var instance in (string[])["web", "db"])
            {
                if (chance.Below(5) == 0) continue;
                wishes.Add(new(WishKind.Apply, chance.Between(0.5, 3), $"install-{instance}", Device(device), instance, "to-1.0", 60));
                if (chance.Below(2) == 0) wishes.Add(new(WishKind.Label, chance.Between(1, 20), "app=shop", Device(device), instance, "", 0));
            }
        }

        if (chance.Below(2) == 0) wishes.Add(new(WishKind.Budget, chance.Between(1, 20), "shop", "", "", "", 1));
        var begins = chance.Between(TimeSpan.FromSeconds(40), Length / 2);
        wishes.Add(new(WishKind.Rollout, begins, "r1", "", "", chance.One(Catalogue.Patches).Id, chance.One([60.0, 120])));
        for (var controls = chance.Below(4); controls > 0; controls--)
            wishes.Add(new(WishKind.Control, begins + chance.Between(0, 120), "r1", "", "", chance.One(["Pause", "Resume", "Stop", "Kill", "RollBack", "Retry"]), 0));
        if (chance.Below(4) == 0) wishes.Add(new(WishKind.Freeze, begins + chance.Between(-20, 60), "f1", "", "", "", 45));
        if (chance.Below(3) == 0) wishes.Add(new(WishKind.Freeze, begins + chance.Between(-20, 60), "f2", "", "", "app=shop", 45));
        var most = chance.Below(2) == 0 ? 1 : 16;
        if (chance.Below(2) == 0) wishes.AddRange(Second(chance, begins));
        return this with { Devices = 3, MostRunning = most, Hurried = Chance.Of(Seed, "patience").Below(3) == 0, Wishes = [.. Wishes.Where((_, i) => i % 2 == 0).Concat(wishes).OrderBy(w => w.At)] };
    }

    /// <summary>Another rollout to the same instances, more or less urgent than the first.</summary>
    private static IEnumerable<Wish> Second(Chance chance, TimeSpan first)
    {
        var begins = first + chance.Between(-30, 90);
        yield return new(WishKind.Rollout, begins, "r2", "", chance.One(["", "", "Priority", "Emergency"]), chance.One(Catalogue.Patches).Id, chance.One([60.0, 120]));
        if (chance.Below(3) == 0) yield return new(WishKind.Control, begins + chance.Between(0, 120), "r2", "", "", chance.One(["Pause", "Stop", "Kill", "RollBack"]), 0);
    }

    public static string Device(int number) => $"edge-{number}";

    private static Wish Wish(Chance chance, int number, int devices, TimeSpan length)
    {
        var kind = chance.Below(20) switch
        {
            < 12 => WishKind.Apply,
            < 16 => WishKind.RollBack,
            16 => WishKind.Label,
            17 => WishKind.Hold,
            18 => WishKind.Quarantine,
            _ => WishKind.LiftQuarantine,
        };
        return new(kind, chance.Between(TimeSpan.FromSeconds(1), length), $"c{number}", Device(1 + chance.Below(devices)), chance.Below(4) == 0 ? "db" : "web",
            chance.One(Catalogue.Patches).Id, chance.One([20.0, 60, 120, 300]));
    }

    private static Fault Fault(Chance chance, int devices, TimeSpan length)
    {
        var ofDevice = chance.Below(2) == 0;
        var kind = chance.One(ofDevice ? OfDevice : OfEngine);
        var most = kind is FaultKind.EngineCrash or FaultKind.AgentCrash or FaultKind.Reboot ? 40 : 90;
        return new(kind, chance.Between(TimeSpan.FromSeconds(1), length), chance.Between(0.05, most), ofDevice ? Device(1 + chance.Below(devices)) : "", chance.One([0.02, 0.1, 0.3, 0.7]));
    }
}
