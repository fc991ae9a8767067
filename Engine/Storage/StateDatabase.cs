using Fleet.Engine.Telemetry;
using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>
/// What an engine remembers: grain state and reminders in one SQLite file, held by one process.
/// Nothing that was acknowledged is lost, and every row is verified when it is read.
/// </summary>
public sealed class StateDatabase : IDisposable
{
    private readonly string file;
    private readonly DirectoryLock held;
    private readonly GroupCommit writer;
    private readonly SqliteConnection connection;
    private readonly Tables tables;
    private readonly Lock reading = new();
    private bool closed;

    private StateDatabase(string directory, DirectoryLock held, string synchronous)
    {
        this.held = held;
        file = Path.Combine(directory, DatabaseFile.Name);
        var counter = Path.Combine(directory, CommitCounter.Name);
        DatabaseFile.CheckCommits(file, counter);
        writer = new GroupCommit(DatabaseFile.OpenForWriting(file, synchronous), file, new CommitCounter(counter));
        connection = DatabaseFile.OpenForReading(file);
        tables = new Tables(connection);
    }

    /// <summary>How many transactions were made durable; each holds one write or many.</summary>
    public long Commits => writer.Commits;

    /// <summary>Who counts what is done here; null when nobody does.</summary>
    internal StorageMeter? Meter { get => writer.Meter; set => writer.Meter = value; }

    /// <summary>The schema of the databases that this program makes; it refuses newer ones.</summary>
    public static int Schema => DatabaseSchema.Latest;

    /// <summary>Opens the database of a data directory, or makes it; refuses, without a change, what it cannot safely use.</summary>
    public static StateDatabase Open(string directory) => Open(directory, "FULL");

    /// <summary>For tests that show what is lost without syncing.</summary>
    internal static StateDatabase Open(string directory, string synchronous)
    {
        var held = DirectoryLock.Take(directory);
        try
        {
            return new StateDatabase(directory, held, synchronous);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Copies all that is committed now to a file, and verifies the copy; writers go on meanwhile.</summary>
    public BackupContents Backup(string to) => Storage.Backup.Take(file, to);

    /// <summary>Reads what was committed so far.</summary>
    internal T Read<T>(Func<Tables, T> read)
    {
        lock (reading)
        {
            if (closed) throw new StateStoreException($"The database {file} is closed.");
            try
            {
                return read(tables);
            }
            catch (SqliteException error)
            {
                Meter?.ReadFailed();
                throw StateStoreException.From(error, file);
            }
        }
    }

    /// <summary>Applies a change; completes when it is durable. The change gets a number that no change had before.</summary>
    internal Task<T> Write<T>(Func<Tables, long, T> change) => writer.Write(change);

    /// <summary>Finishes the writes that were asked for, and lets go of the files.</summary>
    public void Dispose()
    {
        lock (reading)
        {
            if (closed) return;
            closed = true;
            tables.Dispose();
            connection.Dispose();
        }

        writer.Dispose();
        held.Dispose();
    }
}
