using System.Buffers.Binary;
using Fleet.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Tests.Storage;

/// <summary>Each ends in a clear error, with nothing changed and nothing lost.</summary>
[Collection("processes")]
public sealed class BadDatabaseTests : StorageTests
{
    private const int PageSize = 4096;
    private const byte InnerIndexPage = 0x02, IndexPage = 0x0A, TablePage = 0x0D;

    [Fact]
    public async Task A_directory_that_another_process_uses_is_refused_with_its_process_id()
    {
        await using var other = WriterProcess.Start("open", Directory);
        Assert.Equal("opened", await other.ReadLine());

        var error = Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));
        Assert.Contains($"in use by process {other.Id}", error.Message, StringComparison.Ordinal);

        await other.Kill();
        StateDatabase.Open(Directory).Dispose();
    }

    [Fact]
    public async Task A_database_that_another_program_has_locked_refuses_the_write_and_goes_on_afterwards()
    {
        using var database = StateDatabase.Open(Directory);
        var record = await Write(database, "before");
        using (var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=False"))
        {
            other.Open();
            using var locked = other.BeginTransaction(deferred: false);

            var error = await Assert.ThrowsAsync<StateStoreException>(() => Write(database, "during", record));
            Assert.Contains("locked by another program", error.Message, StringComparison.Ordinal);
        }

        await Write(database, "after", record);
        Assert.Equal("after", (await Read(database)).State!.Text);
    }

    [Fact]
    public async Task Changes_that_wait_for_another_programs_lock_together_are_refused_together()
    {
        StateDatabase.Open(Directory).Dispose();
        var connection = DatabaseFile.OpenForWriting(DatabasePath);
        connection.DefaultTimeout = 1;
        using var writer = new GroupCommit(connection, DatabasePath, new CommitCounter(Path.Combine(Directory, CommitCounter.Name)));
        using (var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=False"))
        {
            other.Open();
            using var locked = other.BeginTransaction(deferred: false);

            // The first waits for the lock by itself, and the others behind it. Once one of them is refused, all are, though the lock is free.
            var (first, group) = (writer.Write((_, number) => number), Enumerable.Range(0, 8).Select(_ => writer.Write((_, number) => number)).ToArray());
            await Assert.ThrowsAsync<StateStoreException>(() => first);
            await Assert.ThrowsAsync<StateStoreException>(() => group[0]);
            await locked.RollbackAsync(TestContext.Current.CancellationToken);
            foreach (var change in group) Assert.Contains("locked by another program", (await Assert.ThrowsAsync<StateStoreException>(() => change)).Message, StringComparison.Ordinal);
        }

        await writer.Write((_, number) => number);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused_unchanged()
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");
        Execute("PRAGMA user_version = 99");
        var before = await File.ReadAllBytesAsync(DatabasePath);

        var error = Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));
        Assert.Contains("newer than the program", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(DatabasePath));
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused_unchanged()
    {
        Execute("CREATE TABLE things (name TEXT)");
        var before = await File.ReadAllBytesAsync(DatabasePath);

        var error = Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));
        Assert.Contains("not one of Fleet's", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(DatabasePath));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(4096, 4096)]
    public async Task A_damaged_file_is_refused_unchanged(int from, int length)
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");
        var damaged = await File.ReadAllBytesAsync(DatabasePath);
        Array.Fill(damaged, (byte)0xA5, from, length);
        await File.WriteAllBytesAsync(DatabasePath, damaged);

        var error = Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(DatabasePath));
    }

    /// <summary>A state that the index doesn't lead to would be taken for one that was never written.</summary>
    [Theory]
    [InlineData(TablePage)]
    [InlineData(IndexPage)]
    [InlineData(InnerIndexPage)]
    public async Task A_key_that_is_damaged_in_the_table_or_in_its_index_is_refused_unchanged(byte page)
    {
        using (var database = StateDatabase.Open(Directory))
            await Task.WhenAll(Enumerable.Range(1000, 500).Select(number => WriteEmpty(database, $"thing/{number}")));
        var damaged = await File.ReadAllBytesAsync(DatabasePath, TestContext.Current.CancellationToken);
        damaged[KeyIn(damaged, page)] ^= 1;
        await File.WriteAllBytesAsync(DatabasePath, damaged, TestContext.Current.CancellationToken);

        var error = Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Throws<StateStoreException>(() => Backup.Verify(DatabasePath));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(DatabasePath, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_read_only_directory_is_refused()
    {
        SkipUnlessMountsWork();
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");
        await using (var other = WriterProcess.StartAfter($"mount --bind {Directory} {Directory} && mount -o remount,bind,ro {Directory}", "open", Directory))
        {
            var line = await other.ReadLine();
            Assert.Contains($"The data directory {Directory} cannot be written", line, StringComparison.Ordinal);
        }

        using var again = StateDatabase.Open(Directory);
        Assert.Equal("kept", (await Read(again)).State!.Text);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_write_and_keeps_what_was_acknowledged()
    {
        SkipUnlessMountsWork();
        await using var other = WriterProcess.StartAfter($"mount -t tmpfs -o size=4m none {Directory}", "fill", Directory);
        var lines = await other.ReadToEnd();

        Assert.Contains(lines, line => line.StartsWith("refused: The disk of", StringComparison.Ordinal) && line.Contains("is full", StringComparison.Ordinal));
        Assert.Equal("verified", lines[^1]);
    }

    private static Task<long> WriteEmpty(StateDatabase database, string grain) => database.Write((tables, number) =>
    {
        tables.State.Write(grain, "thing", new StateRow(number, 1, "{}"u8.ToArray()), null);
        return number;
    });

    /// <summary>Where the last digit of a key stands, in a page of that kind: in the page's first cell, since what a page no longer uses may look like a key too.</summary>
    private static int KeyIn(byte[] file, byte kind)
    {
        var header = kind == InnerIndexPage ? 12 : 8;
        for (var page = PageSize; page < file.Length; page += PageSize)
        {
            if (file[page] != kind) continue;
            var cell = page + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(page + header));
            if (file.AsSpan(cell, 24).IndexOf("thing/1"u8) is var key and >= 0) return cell + key + "thing/1234".Length - 1;
        }

        throw new InvalidOperationException($"There is no page of kind {kind} with a key.");
    }

    private static void SkipUnlessMountsWork()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true")
            Assert.SkipUnless(Environment.UserName == "root", "needs root, for a mount namespace");
    }
}
