using System.Globalization;
using System.Text.Json;
using Fleet.Engine.Storage;

namespace Fleet.Simulation;

/// <summary>What the engine stored: it survives every process. States are kept as they were written, and made JSON when read.</summary>
internal sealed class SimDisk
{
    private readonly Dictionary<(string Grain, string Name), Record> states = [];
    private readonly SortedDictionary<(string Grain, string Name), ReminderRow> reminders = [];
    private long lastNumber;

    public sealed record Record(string ETag, object State, Func<byte[]> Json);

    /// <summary>All of them, in the order of their names.</summary>
    public IEnumerable<KeyValuePair<(string Grain, string Name), Record>> States =>
        states.OrderBy(s => s.Key.Grain, StringComparer.Ordinal).ThenBy(s => s.Key.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<ReminderRow> Reminders => reminders.Values;

    /// <summary>How many writes landed.</summary>
    public long Writes { get; private set; }

    public Record? Find(string grain, string name) => states.GetValueOrDefault((grain, name));

    public T? State<T>(string grain, string name) where T : class => Find(grain, name)?.State as T;

    /// <summary>Writes in place of the one that the writer had read; null when that is not there any more.</summary>
    public Record? Write<T>(string grain, string name, T state, string? expected, bool checkVersion = true)
    {
        if (checkVersion && Find(grain, name)?.ETag != expected) return null;
        Writes++;
        return states[(grain, name)] = new(Number(), state!, () => JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Options));
    }

    public bool Remove(string grain, string name, string? expected)
    {
        if (Find(grain, name)?.ETag != expected) return false;
        Writes++;
        return states.Remove((grain, name));
    }

    public ReminderRow Write(ReminderRow row) => reminders[(row.Grain, row.Name)] = row with { ETag = ++lastNumber };

    public ReminderRow? Reminder(string grain, string name) => reminders.TryGetValue((grain, name), out var row) ? row : null;

    public bool Forget(string grain, string name, long etag) => Reminder(grain, name)?.ETag == etag && reminders.Remove((grain, name));

    private string Number() => (++lastNumber).ToString(CultureInfo.InvariantCulture);
}
