using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>A stored reminder. Its hash is the grain's, by which a cluster divides reminders among its members.</summary>
internal readonly record struct ReminderRow(string Grain, string Name, uint Hash, DateTime Start, TimeSpan Period, long ETag);

/// <summary>The reminders of grains, one row each.</summary>
internal sealed class ReminderTable(SqliteConnection connection) : IDisposable
{
    private const string Columns = "SELECT grain, name, hash, start, period, etag, CAST(checksum AS BLOB) FROM reminder";
    private readonly Statement all = new(connection, $"{Columns} ORDER BY grain, name", 0);
    private readonly Statement ofGrain = new(connection, $"{Columns} WHERE grain = $0 ORDER BY name", 1);
    private readonly Statement one = new(connection, $"{Columns} WHERE grain = $0 AND name = $1", 2);
    private readonly Statement upsert = new(connection, "INSERT OR REPLACE INTO reminder (grain, name, hash, start, period, etag, checksum) VALUES ($0, $1, $2, $3, $4, $5, $6)", 7);
    private readonly Statement delete = new(connection, "DELETE FROM reminder WHERE grain = $0 AND name = $1 AND etag = $2", 3);
    private readonly Statement clear = new(connection, "DELETE FROM reminder", 0);

    public IReadOnlyList<ReminderRow> All() => all.Query(Row);

    public IReadOnlyList<ReminderRow> Of(string grain) => ofGrain.Query(Row, grain);

    public ReminderRow? Find(string grain, string name) => one.Query(Row, grain, name) is [var row] ? row : null;

    public void Write(ReminderRow row) =>
        upsert.Execute(row.Grain, row.Name, (long)row.Hash, row.Start.Ticks, row.Period.Ticks, row.ETag, RowChecksum.Of(row.Grain, row.Name, Numbers(row), []));

    /// <summary>Removes the reminder if it still has this ETag.</summary>
    public bool Delete(string grain, string name, long etag) => delete.Execute(grain, name, etag) == 1;

    public void Clear() => clear.Execute();

    public void Dispose()
    {
        all.Dispose();
        ofGrain.Dispose();
        one.Dispose();
        upsert.Dispose();
        delete.Dispose();
        clear.Dispose();
    }

    private static ReminderRow Row(SqliteDataReader reader)
    {
        var row = new ReminderRow(
            reader.GetString(0), reader.GetString(1), (uint)reader.GetInt64(2),
            new DateTime(reader.GetInt64(3), DateTimeKind.Utc), TimeSpan.FromTicks(reader.GetInt64(4)), reader.GetInt64(5));
        RowChecksum.Verify("reminder", row.Grain, row.Name, Numbers(row), [], (byte[])reader[6]);
        return row;
    }

    private static long[] Numbers(ReminderRow row) => [row.Hash, row.Start.Ticks, row.Period.Ticks, row.ETag];
}
