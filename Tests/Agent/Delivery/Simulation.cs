using System.Text.Json;

namespace Fleet.Agent.Delivery;

/// <summary>Runs the machine against a device in memory, in time of its own, and kills the agent where it is told to.</summary>
internal sealed class Simulation(FakeDevice device)
{
    private static readonly HashSet<DevicePhase> Ends = [DevicePhase.Committed, DevicePhase.RolledBack, DevicePhase.NeedsHuman, DevicePhase.Expired, DevicePhase.Rejected];
    private string _journal = JsonSerializer.Serialize(new InstanceState { Name = Sample.Instance }, StateJson.Default.InstanceState);

    private int _from;

    public InstanceState State { get; private set; } = new() { Name = Sample.Instance };
    public DateTimeOffset Now { get; private set; } = Sample.Noon;
    public List<Progress> Facts { get; } = [];

    /// <summary>What happened, for a failing test to tell.</summary>
    public List<string> Trace { get; } = [];
    public FakeDevice Device => device;

    /// <summary>Points passed so far: each is a place where the agent may be killed.</summary>
    public int Points { get; private set; }

    /// <summary>Whether the agent dies at this point, and whether the whole device does.</summary>
    public Func<int, Death> DiesAt { get; set; } = _ => Death.Lives;

    /// <summary>Whether this effect fails, and how.</summary>
    public Func<Effect, Happening.Failed?> Fails { get; set; } = _ => null;
    public int Turns { get; private set; }

    public DirectiveAnswer Send(Happening.Directed directed)
    {
        var (next, answer) = Admission.Answer(State, directed, Now);
        Save(next);
        return answer;
    }

    /// <summary>Runs until nothing more happens without a directive.</summary>
    public void Settle(Func<InstanceState, bool>? until = null)
    {
        _from = Turns;
        while (true)
        {
            Assert.True(++Turns < 200_000, $"no end: step {State.Change?.Step}, ensure {State.Watch.Ensure}, now {Now}");
            try
            {
                if (!Turn() || until?.Invoke(State) == true) return;
            }
            catch (Killed death)
            {
                if (death.Death == Death.Device) device.Reboot();
                Restart();
            }
        }
    }

    /// <summary>The agent starts and reads its journal.</summary>
    public void Restart()
    {
        while (true)
        {
            try
            {
                State = JsonSerializer.Deserialize(_journal, StateJson.Default.InstanceState)!;
                Save(Machine.Next(State, new Happening.Recovered(), Now));
                return;
            }
            catch (Killed death)
            {
                if (death.Death == Death.Device) device.Reboot();
            }
        }
    }

    public void Pass(TimeSpan time) => Now += time;

    /// <summary>The phases that the engine heard of one change, in order.</summary>
    public string Story(string change) => string.Join(" ", Facts.Where(f => f.Change == change).OrderBy(f => f.Step).Select(f => f.Phase));

    public DevicePhase LastOf(string change) => Facts.Where(f => f.Change == change).MaxBy(f => f.Step)!.Phase;

    public IEnumerable<string> Changes => Facts.Select(f => f.Change).Distinct();

    public static bool IsEnd(DevicePhase phase) => Ends.Contains(phase);

    private bool Turn()
    {
        Commit(new Happening.Tick());
        Report();
        if (Machine.Wants(State, Now) is { } effect && (State.Changing || State.Watch.Ensure != Ensure.Nothing || effect is not Effect.Probe))
        {
            Point();
            var happening = Fails(effect) is { } failed ? failed : device.Do(effect);
            if (!device.Doubled) Trace.Add($"{State.Change?.Id} {State.Change?.Step} ensure {State.Watch.Ensure} active {State.ActiveSlot}: {effect.GetType().Name} → {happening.GetType().Name}; runs {string.Join(',', device.Running)}");
            Point();
            Commit(happening);
            Now += TimeSpan.FromMilliseconds(1);
            return true;
        }
        // What can't be started is tried again for ever, with pauses.
        if (!State.Changing && (State.Watch.Ensure == Ensure.Nothing || (State.Watch.Tries > 8 && Turns > _from + 200))) return false;
        Now = Machine.Due(State, Now) ?? throw new InvalidOperationException($"step {State.Change!.Step} waits for nothing");
        return true;
    }

    private void Commit(Happening happening) => Save(Machine.Next(State, happening, Now));

    private void Save(InstanceState next)
    {
        if (ReferenceEquals(next, State)) return;
        _journal = JsonSerializer.Serialize(next, StateJson.Default.InstanceState);
        State = next;
        Point();
    }

    private void Report()
    {
        var count = State.Outbox.Length;
        foreach (var fact in State.Outbox)
        {
            if (Facts.Find(f => (f.Change, f.Step) == (fact.Change, fact.Step)) is { } known) Assert.Equal(known.Phase, fact.Phase);
            else Facts.Add(fact);
        }
        // Not saved for its own sake, as in the loop.
        if (count > 0) State = Machine.Next(State, new Happening.Reported(count), Now);
    }

    private void Point()
    {
        if (DiesAt(Points++) is var death and not Death.Lives) throw new Killed(death);
    }

    internal sealed class Killed(Death death) : Exception
    {
        public Death Death { get; } = death;
    }
}

internal enum Death
{
    Lives,
    Agent,
    Device,
}
