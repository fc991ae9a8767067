namespace Fleet.Simulation;

/// <summary>
/// One thread, one virtual clock, and a seed that chooses whose step comes next. Time stands still while anything is ready to
/// run, except that now and then a timer overtakes: machines are slow at times.
/// </summary>
internal sealed class Simulator
{
    private const double Overtaking = 1.0 / 64;

    /// <summary>So many steps at one moment are a circle.</summary>
    private const long Patience = 200_000;

    private static readonly long Reach = TimeSpan.FromSeconds(1).Ticks;

    private readonly List<Work> ready = [];
    private readonly PriorityQueue<SimTimer, (long Due, long Number)> timers = new(new Soonest());
    private readonly Thread thread = Thread.CurrentThread;
    private readonly Chance chance;
    private long lastNumber;
    private long moved;

    public Simulator(ulong seed, Trace trace)
    {
        chance = Chance.Of(seed, "interleaving");
        Trace = trace;
        World = new SimProcess(this, "world");
    }

    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public Trace Trace { get; }

    /// <summary>What belongs to no process: the network, the disks, chance itself.</summary>
    public SimProcess World { get; }

    /// <summary>Virtual time since the beginning, in ticks.</summary>
    public long Ticks { get; private set; }

    public DateTimeOffset Now => Noon + TimeSpan.FromTicks(Ticks);

    public long Steps { get; private set; }

    public void Say(string who, string what) => Trace.Say(Now, who, what);

    /// <summary>Ends after a while of virtual time; goes on wherever it is awaited.</summary>
    public Task Delay(TimeSpan time)
    {
        if (time <= TimeSpan.Zero) return Task.CompletedTask;
        var over = new TaskCompletionSource();
        At(time, World, over.SetResult);
        return over.Task;
    }

    /// <summary>Does something after a while, unless the process has died by then.</summary>
    public SimTimer At(TimeSpan time, SimProcess process, Action what)
    {
        var timer = new SimTimer(process, what);
        Set(timer, time);
        return timer;
    }

    public void Set(SimTimer timer, TimeSpan time)
    {
        timer.Due = Ticks + Math.Max(0, time.Ticks);
        timer.Number = ++lastNumber;
        timers.Enqueue(timer, (timer.Due, timer.Number));
    }

    public void Add(Work work)
    {
        if (Thread.CurrentThread != thread)
            throw new SimulationEscapedException($"a step of '{work.Process.Name}' came from another thread: something awaits without its context");
        if (work.Process.Alive) ready.Add(work);
    }

    /// <summary>Runs until that time, or until nothing more will ever happen.</summary>
    public void RunUntil(DateTimeOffset end)
    {
        while (Now < end)
        {
            LawBook.Check();
            if (ready.Count > 0 && !chance.Happens(Overtaking))
            {
                Take(chance.Below(ready.Count)).Run();
                continue;
            }

            if (!Ring(end) && ready.Count == 0) return;
        }
    }

    private Work Take(int index)
    {
        var work = ready[index];
        ready[index] = ready[^1];
        ready.RemoveAt(ready.Count - 1);
        Trace.Mix((Ticks << 8) ^ index);
        if (++Steps - moved > Patience) throw new SimulationEscapedException($"time stands still: {work}");
        return work;
    }

    // The next timer, if its time is near enough.
    private bool Ring(DateTimeOffset end)
    {
        while (timers.TryPeek(out var timer, out var when))
        {
            if (timer.Number != when.Number || !timer.Process.Alive)
            {
                timers.Dequeue();
                continue;
            }

            if (ready.Count > 0 && when.Due > Ticks + Reach) return false;
            if (Noon.Ticks + when.Due > end.Ticks)
            {
                if (ready.Count == 0) Ticks = (end - Noon).Ticks;
                return false;
            }

            timers.Dequeue();
            if (when.Due > Ticks) (Ticks, moved) = (when.Due, Steps);
            timer.Number = 0;
            if (++Steps - moved > Patience) throw new SimulationEscapedException($"time stands still: a timer of {timer.Process.Name}, {timer.What.Target}");
            Trace.Mix(Ticks);
            new Work(timer.Process, static what => ((Action)what!)(), timer.What).Run();
            return true;
        }

        return false;
    }
}

/// <summary>Timers in the order of their times, and of their setting.</summary>
internal sealed class Soonest : IComparer<(long Due, long Number)>
{
    public int Compare((long Due, long Number) x, (long Due, long Number) y) => x.Due != y.Due ? x.Due.CompareTo(y.Due) : x.Number.CompareTo(y.Number);
}

/// <summary>Something that is to happen later.</summary>
internal sealed class SimTimer(SimProcess process, Action what)
{
    public SimProcess Process => process;

    public Action What => what;

    public long Due { get; set; }

    /// <summary>0 when it isn't set; a number that is not the queue's means that it was set anew.</summary>
    public long Number { get; set; }

    public void Cancel() => Number = 0;
}

/// <summary>Code ran where the simulator can't choose: the run is no function of its seed.</summary>
internal sealed class SimulationEscapedException(string message) : Exception(message);
