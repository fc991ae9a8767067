using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>What a backup holds.</summary>
/// <param name="States">States of grains.</param>
/// <param name="Reminders">Reminders of grains.</param>
/// <param name="Number">The number of the last change in it.</param>
public sealed record BackupContents(long States, long Reminders, long Number);

/// <summary>Copies of a database: one file, whole, verified row by row before anybody relies on it.</summary>
internal static class Backup
{
    /// <summary>Copies what is committed now, beside a writer that goes on. The file appears when it is whole and on the disk.</summary>
    public static BackupContents Take(string database, string file)
    {
        var aside = $"{file}.part";
        File.Delete(aside);
        try
        {
            using (var source = DatabaseFile.OpenForReading(database))
            using (var target = DatabaseFile.OpenAside(aside))
            {
                source.BackupDatabase(target);
                // One file: a copy needs no log beside it.
                using var single = target.CreateCommand();
                single.CommandText = "PRAGMA journal_mode = DELETE";
                single.ExecuteScalar();
            }

            var contents = Verify(aside);
            Sync(aside);
            File.Move(aside, file, overwrite: true);
            DirectorySync.Flush(Path.GetDirectoryName(Path.GetFullPath(file))!);
            return contents;
        }
        catch (SqliteException error)
        {
            File.Delete(aside);
            throw StateStoreException.From(error, file);
        }
        catch (IOException error)
        {
            File.Delete(aside);
            throw new StateStoreException($"The backup {file} could not be written: {error.Message}", error);
        }
    }

    /// <summary>Puts a backup in the place of a data directory's database, which nobody uses meanwhile. What was there stays beside it.</summary>
    public static BackupContents Restore(string file, string directory)
    {
        if (!File.Exists(file)) throw new StateStoreException($"There is no backup {file}.");
        var contents = Verify(file);
        using var held = DirectoryLock.Take(directory);
        var database = Path.Combine(directory, DatabaseFile.Name);
        var aside = $"{database}.restored";
        try
        {
            File.Copy(file, aside, overwrite: true);
            Sync(aside);
            // The log belongs to the old file, and so does the count of its commits.
            foreach (var belongs in (string[])[database, $"{database}-wal", $"{database}-shm", Path.Combine(directory, CommitCounter.Name)])
                if (File.Exists(belongs)) File.Move(belongs, $"{belongs}.before-restore", overwrite: true);
            File.Move(aside, database);
            DirectorySync.Flush(directory);
            return contents;
        }
        catch (IOException error)
        {
            throw new StateStoreException($"The backup {file} could not be restored to {directory}: {error.Message}", error);
        }
    }

    /// <summary>Reads a whole database, and throws if a page, a row or the file's kind is not sound.</summary>
    public static BackupContents Verify(string file)
    {
        try
        {
            using var connection = DatabaseFile.OpenForReading(file);
            DatabaseFile.Inspect(connection, file);
            using var tables = new Tables(connection);
            return new(tables.State.VerifyAll(), tables.Reminders.All().Count, Sequence.Last(connection));
        }
        catch (SqliteException error)
        {
            throw StateStoreException.From(error, file);
        }
    }

    private static void Sync(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }
}
