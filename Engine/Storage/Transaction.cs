using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Fleet.Engine.Storage;

/// <summary>The writer's transactions, as prepared statements.</summary>
internal sealed class Transaction(SqliteConnection connection) : IDisposable
{
    // IMMEDIATE: another program's lock is met here, before anything is applied.
    private readonly SqliteCommand begin = Command(connection, "BEGIN IMMEDIATE");
    private readonly SqliteCommand commit = Command(connection, "COMMIT");
    private readonly SqliteCommand rollback = Command(connection, "ROLLBACK");

    public void Begin() => begin.ExecuteNonQuery();

    public void Commit() => commit.ExecuteNonQuery();

    /// <summary>Takes back what was applied; some errors (a full disk) have done so already.</summary>
    public void Abandon()
    {
        if (sqlite3_get_autocommit(connection.Handle) == 0) rollback.ExecuteNonQuery();
    }

    public void Dispose()
    {
        begin.Dispose();
        commit.Dispose();
        rollback.Dispose();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
