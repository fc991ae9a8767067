using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>Numbers that never come twice in the life of a database, so that the ETag of a deleted row never fits a later one.</summary>
internal sealed class Sequence : IDisposable
{
    private readonly SqliteCommand save;
    private long last;

    public Sequence(SqliteConnection connection)
    {
        last = Last(connection);
        save = connection.CreateCommand();
        save.CommandText = "UPDATE sequence SET last = $last";
        save.Parameters.Add("$last", SqliteType.Integer);
    }

    /// <summary>The last number that was used up.</summary>
    public long Number => last;

    /// <summary>The last number in a database.</summary>
    public static long Last(SqliteConnection connection)
    {
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT last FROM sequence";
        return (long)read.ExecuteScalar()!;
    }

    /// <summary>A transaction that fails uses its numbers up: whether it reached the disk may not be known.</summary>
    public long Next() => ++last;

    public void Save()
    {
        save.Parameters[0].Value = last;
        save.ExecuteNonQuery();
    }

    public void Dispose() => save.Dispose();
}
