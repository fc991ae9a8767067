using Fleet.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Tests.Storage;

/// <summary>What the tests of storage share: a directory, and ways to read, write and harm what is in it.</summary>
public abstract class StorageTests : IDisposable
{
    protected static readonly GrainId Grain = GrainId.Parse("thing/one");

    protected string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("fleet-storage-").FullName;

    protected string DatabasePath => Path.Combine(Directory, "fleet.db");

    public void Dispose()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static async Task<GrainState<Thing>> Write(StateDatabase database, string text, GrainState<Thing>? record = null)
    {
        record ??= new GrainState<Thing>();
        record.State = new Thing { Text = text };
        await new SqliteGrainStorage(database).WriteStateAsync("thing", Grain, record);
        return record;
    }

    protected static async Task<GrainState<Thing>> Read(StateDatabase database)
    {
        var record = new GrainState<Thing>();
        await new SqliteGrainStorage(database).ReadStateAsync("thing", Grain, record);
        return record;
    }

    /// <summary>Does something to the file that Fleet would not do.</summary>
    protected void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public sealed record Thing
    {
        public string Text { get; init; } = "";
    }
}
