using Fleet.Engine.Storage;

namespace Fleet.Engine.Tests.Storage;

public sealed class BackupTests : StorageTests
{
    private string Copy => Path.Combine(Directory, "copy.backup");

    [Fact]
    public async Task A_backup_that_is_taken_while_others_write_is_whole()
    {
        using var database = StateDatabase.Open(Directory);
        var writes = Enumerable.Range(0, 200).Select(number => Write(database, number)).ToArray();
        var contents = database.Backup(Copy);
        await Task.WhenAll(writes);

        Assert.InRange(contents.States, 0, 200);
        Assert.Equal(200, database.Backup(Copy).States);
        Assert.False(File.Exists($"{Copy}-wal"));
    }

    [Fact]
    public async Task A_backup_is_a_database_as_it_was_then()
    {
        using (var database = StateDatabase.Open(Directory))
        {
            await Write(database, "before");
            Assert.Equal(1, database.Backup(Copy).States);
            await Write(database, "after", await Read(database));
        }

        var elsewhere = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "elsewhere")).FullName;
        File.Move(Copy, Path.Combine(elsewhere, "fleet.db"));
        using var restored = StateDatabase.Open(elsewhere);
        Assert.Equal("before", (await Read(restored)).State!.Text);
        await Write(restored, "goes on", await Read(restored));
    }

    [Fact]
    public async Task A_backup_with_a_damaged_row_is_none()
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");
        Execute("UPDATE state SET body = replace(body, 'kept', 'bent')");

        using var again = StateDatabase.Open(Directory);
        var error = Assert.Throws<StateStoreException>(() => again.Backup(Copy));
        Assert.Contains("thing/one is damaged", error.Message, StringComparison.Ordinal);
        Assert.Empty(System.IO.Directory.GetFiles(Directory, "copy.backup*"));
    }

    private static Task<long> Write(StateDatabase database, int number) => database.Write((tables, version) =>
    {
        tables.State.Write($"thing/{number}", "thing", new StateRow(version, 1, "{}"u8.ToArray()), null);
        return version;
    });
}
