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
    public async Task What_is_restored_is_what_was_backed_up()
    {
        using (var database = StateDatabase.Open(Directory))
        {
            await Write(database, "before");
            database.Backup(Copy);
            await Write(database, "after", await Read(database));
        }

        Assert.Equal(1, StateDatabase.Restore(Copy, Directory).States);

        using var restored = StateDatabase.Open(Directory);
        Assert.Equal("before", (await Read(restored)).State!.Text);
        await Write(restored, "goes on", await Read(restored));
        Assert.True(File.Exists(Path.Combine(Directory, "fleet.db.before-restore")));
    }

    [Fact]
    public async Task A_damaged_backup_is_refused_and_changes_nothing()
    {
        using (var database = StateDatabase.Open(Directory))
        {
            await Write(database, "kept");
            database.Backup(Copy);
        }

        var bytes = await File.ReadAllBytesAsync(Copy, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().IndexOf("kept"u8);
        bytes[at]++;
        await File.WriteAllBytesAsync(Copy, bytes, TestContext.Current.CancellationToken);

        Assert.Throws<StateStoreException>(() => StateDatabase.Restore(Copy, Directory));
        using var untouched = StateDatabase.Open(Directory);
        Assert.Equal("kept", (await Read(untouched)).State!.Text);
    }

    [Fact]
    public async Task A_directory_in_use_is_not_restored_to()
    {
        using var database = StateDatabase.Open(Directory);
        await Write(database, "kept");
        database.Backup(Copy);

        Assert.Contains("in use", Assert.Throws<StateStoreException>(() => StateDatabase.Restore(Copy, Directory)).Message, StringComparison.Ordinal);
    }

    private static Task<long> Write(StateDatabase database, int number) => database.Write((tables, version) =>
    {
        tables.State.Write($"thing/{number}", "thing", new StateRow(version, 1, "{}"u8.ToArray()), null);
        return version;
    });
}
