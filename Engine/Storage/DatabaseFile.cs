using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>Opens the one SQLite file of an engine, makes its tables, and refuses what this program must not touch.</summary>
internal static class DatabaseFile
{
    public const string Name = "fleet.db";

    /// <summary>A connection that may write, on a file that was checked and has the present schema.</summary>
    /// <param name="synchronous">FULL, unless a test wants to see what is lost without.</param>
    public static SqliteConnection OpenForWriting(string path, string synchronous = "FULL")
    {
        var connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            Inspect(connection, path);
            Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};");
            DatabaseSchema.Upgrade(connection, DatabaseSchema.Steps);
            return connection;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw StateStoreException.From(error, path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A second connection, for reading beside the writer.</summary>
    public static SqliteConnection OpenForReading(string path) => Connect(path, SqliteOpenMode.ReadOnly);

    /// <summary>A new file for a copy.</summary>
    public static SqliteConnection OpenAside(string path) => Connect(path, SqliteOpenMode.ReadWriteCreate);

    /// <summary>Refuses a database in which commits are missing that its counter has seen, before anything touches its log.</summary>
    public static void CheckCommits(string path, string counter)
    {
        var seen = CommitCounter.Read(counter);
        if (seen == 0) return;
        var stored = Stored(path);
        if (stored < seen)
            throw new StateStoreException($"The database {path} ends at change {stored}, but change {seen} was acknowledged: its write-ahead log is damaged or missing. Nothing was changed; restore a backup, or delete {counter} to go on without what is lost.");
    }

    private static long Stored(string path)
    {
        if (!File.Exists(path)) return 0;
        using var connection = Connect(path, SqliteOpenMode.ReadOnly);
        try
        {
            return Scalar(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'sequence'") == 0 ? 0 : Sequence.Last(connection);
        }
        catch (SqliteException error)
        {
            throw StateStoreException.From(error, path);
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,       // a closed engine leaves no open file behind
            DefaultTimeout = 5,    // seconds to wait for a lock that another program holds
        }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw StateStoreException.From(error, path);
        }
    }

    /// <summary>Refuses a file that is damaged, or not of this program.</summary>
    public static void Inspect(SqliteConnection connection, string path)
    {
        var owner = Scalar(connection, "PRAGMA application_id");
        var version = Scalar(connection, "PRAGMA user_version");
        if (owner != DatabaseSchema.ApplicationId && (owner != 0 || version != 0 || Scalar(connection, "SELECT count(*) FROM sqlite_schema") != 0))
            throw new StateStoreException($"The file {path} is a database, but not one of Fleet's. Nothing was changed.");
        if (version > DatabaseSchema.Latest)
            throw new StateStoreException($"The database {path} has schema {version}, newer than the program, which knows {DatabaseSchema.Latest}. Nothing was changed; start a newer Fleet.");

        // Not quick_check: it doesn't compare the tables with their indexes, and a state that its index doesn't lead to would be
        // taken for one that was never written.
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check(1)";
        if (check.ExecuteScalar() is string verdict and not "ok")
            throw new StateStoreException($"The database {path} is damaged ({verdict.ReplaceLineEndings(" ")}). Nothing was changed; restore it from a backup.");
    }

    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
