using Fleet.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Tests.Storage;

/// <summary>Files that older programs made.</summary>
public sealed class DatabaseSchemaTests : StorageTests
{
    private const string Column = "ALTER TABLE state ADD COLUMN added INTEGER NOT NULL DEFAULT 7;";

    /// <summary>Word by word what schema 1 was, with a state, a reminder and their checksums as they were written then.</summary>
    private const string FirstSchema =
        """
        PRAGMA journal_mode = WAL;
        CREATE TABLE state (grain TEXT NOT NULL, name TEXT NOT NULL, etag INTEGER NOT NULL, schema INTEGER NOT NULL, body BLOB NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (grain, name));
        CREATE TABLE reminder (grain TEXT NOT NULL, name TEXT NOT NULL, hash INTEGER NOT NULL, start INTEGER NOT NULL, period INTEGER NOT NULL, etag INTEGER NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (grain, name));
        CREATE TABLE sequence (last INTEGER NOT NULL);
        INSERT INTO sequence VALUES (2);
        INSERT INTO state VALUES ('thing/one', 'thing', 1, 1, X'7B2274657874223A226B657074227D', X'52B2A04A888FBB0659A2DAB8416549073ACEFAD74B3087D648B2C1EE02CA8D68');
        INSERT INTO reminder VALUES ('thing/one', 'wake', 7, 640000000000000000, 36000000000, 2, X'86F3435689B9402E2F7C8E7ACC5F39A587C505FD0BA8E5C4D95C6C407E2913B3');
        PRAGMA user_version = 1;
        PRAGMA application_id = 0x464C4554;
        """;

    [Fact]
    public async Task A_file_of_the_first_schema_opens_with_all_that_is_in_it()
    {
        Execute(FirstSchema);

        using var database = StateDatabase.Open(Directory);
        var record = await Read(database);
        Assert.Equal(("kept", "1"), (record.State!.Text, record.ETag));
        var reminder = Assert.Single(database.Read(tables => tables.Reminders.All()));
        Assert.Equal(new ReminderRow("thing/one", "wake", 7, new DateTime(640000000000000000, DateTimeKind.Utc), TimeSpan.FromHours(1), 2), reminder);
        Assert.Equal("3", (await Write(database, "goes on", record)).ETag);
    }

    [Fact]
    public async Task A_file_takes_the_steps_that_it_lacks_once_and_keeps_what_is_in_it()
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");

        Upgrade(Column);
        Upgrade(Column);

        using var connection = DatabaseFile.OpenForReading(DatabasePath);
        Assert.Equal(DatabaseSchema.Latest + 1, DatabaseFile.Scalar(connection, "PRAGMA user_version"));
        Assert.Equal(7, DatabaseFile.Scalar(connection, "SELECT added FROM state WHERE grain = 'thing/one'"));
        using var tables = new Tables(connection);
        Assert.Equal(1, tables.State.VerifyAll());
    }

    [Fact]
    public async Task A_step_that_fails_takes_the_steps_before_it_with_it()
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");

        Assert.Throws<SqliteException>(() => Upgrade(Column, "DELETE FROM state; DROP TABLE of_nobody;"));

        using (var connection = DatabaseFile.OpenForReading(DatabasePath))
            Assert.Equal(0, DatabaseFile.Scalar(connection, "SELECT count(*) FROM pragma_table_info('state') WHERE name = 'added'"));
        using var again = StateDatabase.Open(Directory);
        Assert.Equal("kept", (await Read(again)).State!.Text);
    }

    private void Upgrade(params string[] further)
    {
        using var connection = DatabaseFile.OpenAside(DatabasePath);
        DatabaseSchema.Upgrade(connection, [.. DatabaseSchema.Steps, .. further]);
    }
}
