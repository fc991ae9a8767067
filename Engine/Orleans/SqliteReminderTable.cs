using System.Globalization;
using Fleet.Engine.Storage;

namespace Fleet.Engine;

/// <summary>Orleans' reminders in the engine's own database.</summary>
internal sealed class SqliteReminderTable(StateDatabase database) : IReminderTable
{
    public Task<ReminderTableData> ReadRows(GrainId grainId) => Data(tables => tables.Reminders.Of(grainId.ToString()));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) =>
        Data(tables => tables.Reminders.All().Where(row => IsWithin(row.Hash, begin, end)));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        Task.FromResult(database.Read(tables => tables.Reminders.Find(grainId.ToString(), reminderName)) is { } row ? Entry(row) : null);

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var row = new ReminderRow(entry.GrainId.ToString(), entry.ReminderName, entry.GrainId.GetUniformHashCode(), entry.StartAt, entry.Period, ETag: 0);
        return Text(await database.Write((tables, number) =>
        {
            tables.Reminders.Write(row with { ETag = number });
            return number;
        }));
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        var etag = long.Parse(eTag, CultureInfo.InvariantCulture);
        return database.Write((tables, _) => tables.Reminders.Delete(grainId.ToString(), reminderName, etag));
    }

    public Task TestOnlyClearTable() => database.Write((tables, _) =>
    {
        tables.Reminders.Clear();
        return true;
    });

    /// <summary>Whether a hash is in the ring's arc (begin, end], which may wrap around.</summary>
    private static bool IsWithin(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private Task<ReminderTableData> Data(Func<Tables, IEnumerable<ReminderRow>> read) =>
        Task.FromResult(new ReminderTableData(database.Read(tables => read(tables).Select(Entry).ToList())));

    private static ReminderEntry Entry(ReminderRow row) => new()
    {
        GrainId = GrainId.Parse(row.Grain),
        ReminderName = row.Name,
        StartAt = row.Start,
        Period = row.Period,
        ETag = Text(row.ETag),
    };

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);
}
