using System.Globalization;
using Microsoft.Data.Sqlite;
using Orleans.Storage;

namespace Fleet.Engine.Storage;

/// <summary>A stored state: its version, the schema of its JSON, and the JSON.</summary>
internal readonly record struct StateRow(long ETag, int Schema, byte[] Body);

/// <summary>The states of grains, one row each.</summary>
internal sealed class StateTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement read = new(connection, "SELECT etag, schema, CAST(body AS BLOB), CAST(checksum AS BLOB) FROM state WHERE grain = $0 AND name = $1", 2);
    private readonly Statement all = new(connection, "SELECT grain, name, etag, schema, CAST(body AS BLOB), CAST(checksum AS BLOB) FROM state", 0);
    private readonly Statement insert = new(connection, "INSERT INTO state (grain, name, etag, schema, body, checksum) VALUES ($0, $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", 6);
    private readonly Statement update = new(connection, "UPDATE state SET etag = $2, schema = $3, body = $4, checksum = $5 WHERE grain = $0 AND name = $1 AND etag = $6", 7);
    private readonly Statement delete = new(connection, "DELETE FROM state WHERE grain = $0 AND name = $1 AND etag = $2", 3);
    private readonly Statement version = new(connection, "SELECT etag FROM state WHERE grain = $0 AND name = $1", 2);

    /// <summary>The row, verified; null if there is none.</summary>
    public StateRow? Read(string grain, string name)
    {
        var rows = read.Query(reader => (Row: new StateRow(reader.GetInt64(0), reader.GetInt32(1), (byte[])reader[2]), Checksum: (byte[])reader[3]), grain, name);
        if (rows is not [var (row, checksum)]) return null;

        RowChecksum.Verify("state", grain, name, [row.ETag, row.Schema], row.Body, checksum);
        return row;
    }

    /// <summary>Reads every row and verifies it; says how many there are.</summary>
    public long VerifyAll() => all.Query(reader =>
    {
        var row = new StateRow(reader.GetInt64(2), reader.GetInt32(3), (byte[])reader[4]);
        RowChecksum.Verify("state", reader.GetString(0), reader.GetString(1), [row.ETag, row.Schema], row.Body, (byte[])reader[5]);
        return true;
    }).Count;

    /// <summary>Writes the row if storage still has what the writer had read (nothing, or that ETag).</summary>
    public void Write(string grain, string name, StateRow row, long? expected)
    {
        var checksum = RowChecksum.Of(grain, name, [row.ETag, row.Schema], row.Body);
        var written = expected is { } known
            ? update.Execute(grain, name, row.ETag, row.Schema, row.Body, checksum, known)
            : insert.Execute(grain, name, row.ETag, row.Schema, row.Body, checksum);
        if (written != 1) throw Conflict(grain, name, expected);
    }

    /// <summary>Removes the row if storage still has what the writer had read.</summary>
    public void Delete(string grain, string name, long? expected)
    {
        if (expected is { } known ? delete.Execute(grain, name, known) != 1 : Version(grain, name) is not null)
            throw Conflict(grain, name, expected);
    }

    public void Dispose()
    {
        read.Dispose();
        all.Dispose();
        insert.Dispose();
        update.Dispose();
        delete.Dispose();
        version.Dispose();
    }

    private long? Version(string grain, string name) => version.Query(reader => reader.GetInt64(0), grain, name) is [var etag] ? etag : null;

    private InconsistentStateException Conflict(string grain, string name, long? expected)
    {
        var stored = Version(grain, name)?.ToString(CultureInfo.InvariantCulture);
        var read = expected?.ToString(CultureInfo.InvariantCulture);
        return new($"The state '{name}' of grain {grain} is at version {stored ?? "none"}, but the writer had read {read ?? "none"}.", stored, read);
    }
}
