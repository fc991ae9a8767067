using System.Text.Json.Nodes;
using Fleet.Engine.Storage;

namespace Fleet.Engine.Tests.Storage;

/// <summary>States that older programs wrote.</summary>
public sealed class SchemaTests : StorageTests
{
    [Fact]
    public async Task A_state_of_an_older_schema_is_brought_up_step_by_step()
    {
        using var database = StateDatabase.Open(Directory);
        await database.Write((tables, version) =>
        {
            tables.State.Write("thing/one", "named", new StateRow(version, 1, """{"name":"ada lovelace"}"""u8.ToArray()), null);
            return version;
        });
        var record = new GrainState<Named>();
        await new SqliteGrainStorage(database).ReadStateAsync("named", GrainId.Create("thing", "one"), record);

        Assert.Equal(new Named { First = "ada", Last = "LOVELACE" }, record.State);
    }

    [Fact]
    public async Task What_is_written_has_the_present_schema_and_is_read_as_it_is()
    {
        using var database = StateDatabase.Open(Directory);
        var storage = new SqliteGrainStorage(database);
        var record = new GrainState<Named>(new Named { First = "ada", Last = "Lovelace" });
        await storage.WriteStateAsync("named", GrainId.Create("thing", "one"), record);
        var read = new GrainState<Named>();
        await storage.ReadStateAsync("named", GrainId.Create("thing", "one"), read);

        Assert.Equal(record.State, read.State);
        Assert.Equal(3, database.Read(tables => tables.State.Read("thing/one", "named"))!.Value.Schema);
    }

    /// <summary>Schema 1 had one name; 2 split it; 3 wants the last one in capitals.</summary>
    [StateSchema(3)]
    internal sealed record Named : IUpgradedState
    {
        public string First { get; init; } = "";

        public string Last { get; init; } = "";

        public static JsonObject Upgrade(JsonObject older, int from) => from switch
        {
            1 => new() { ["first"] = ((string)older["name"]!).Split(' ')[0], ["last"] = ((string)older["name"]!).Split(' ')[1] },
            _ => new() { ["first"] = (string)older["first"]!, ["last"] = ((string)older["last"]!).ToUpperInvariant() },
        };
    }
}
