using System.Collections.Concurrent;
using Fleet.Engine.Storage;

namespace Fleet.Engine.Embedded;

/// <summary>
/// Wakes grains at times that survive a restart. A reminder comes at its start and then once a period; what was missed while the
/// engine was down comes once, as soon as it is up.
/// </summary>
internal sealed class Reminders(IReminderStore store, EmbeddedEngine engine)
{
    /// <summary>Orleans' own limit: what happens more often is a matter for timers.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(GrainId Grain, string Name), Alarm> alarms = new();

    /// <summary>Sets the clocks of all stored reminders.</summary>
    public void Start()
    {
        foreach (var row in store.All()) Wind(row);
    }

    public void Stop()
    {
        foreach (var alarm in alarms.Values) alarm.Dispose();
        alarms.Clear();
    }

    public async Task<IGrainReminder> Set(GrainId grain, string name, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        if (period < ShortestPeriod) throw new ArgumentException($"Cannot register reminder {name}: its period {period} is shorter than {ShortestPeriod}.", nameof(period));

        var start = engine.Options.Time.GetUtcNow().UtcDateTime + dueTime;
        var row = new ReminderRow(grain.ToString(), name, grain.GetUniformHashCode(), start, period, ETag: 0);
        row = await Stored(store.Write(row));

        Wind(row);
        return new Handle(name, row.ETag);
    }

    public async Task End(GrainId grain, IGrainReminder reminder)
    {
        if (reminder is not Handle handle) throw new ArgumentException("The reminder is not one that the engine has given out.", nameof(reminder));

        var ended = await Stored(store.Delete(grain.ToString(), handle.ReminderName, handle.ETag));
        if (!ended) throw new ReminderException($"Reminder {reminder.ReminderName} of grain {grain} is not there, or was set anew in the meantime.");
        if (alarms.TryRemove((grain, reminder.ReminderName), out var alarm)) alarm.Dispose();
    }

    public Task<IGrainReminder?> Find(GrainId grain, string name) =>
        Task.FromResult<IGrainReminder?>(store.Find(grain.ToString(), name) is { } row ? new Handle(row.Name, row.ETag) : null);

    public Task<List<IGrainReminder>> All(GrainId grain) =>
        Task.FromResult(store.Of(grain.ToString()).Select(row => (IGrainReminder)new Handle(row.Name, row.ETag)).ToList());

    /// <summary>Storage is waited for, not a grain: no part of a circle of calls.</summary>
    private static async Task<T> Stored<T>(Task<T> write)
    {
        var turn = Turn.Current;
        turn?.BeginOutside();
        try
        {
            return await write;
        }
        finally
        {
            turn?.EndOutside();
        }
    }

    private void Wind(ReminderRow row)
    {
        var id = GrainId.Parse(row.Grain);
        alarms.AddOrUpdate((id, row.Name), _ => new Alarm(engine, id, row), (_, before) =>
        {
            before.Dispose();
            return new Alarm(engine, id, row);
        });
    }

    private sealed record Handle(string ReminderName, long ETag) : IGrainReminder;
}
