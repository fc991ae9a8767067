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
        catch (StateStoreException)
        {
            File.Delete(aside);
            throw;
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
