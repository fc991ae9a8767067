using Fleet.Fakes;
using Fleet.Protocol.Backups;
using Grpc.Core;

namespace Fleet.Cli;

public sealed class BackupTests : IDisposable
{
    private readonly CommandLine _fleet = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Backup => _fleet.File("engine.backup");

    private string Data => _fleet.File("data");

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_backup_is_taken_and_says_that_it_holds_the_key()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Backup = await FakeBackups.Whole();
        _fleet.At(engine);

        Assert.Equal(Exit.Good, await _fleet.Run($"backup {Backup}"));
        Assert.Contains("private key", _fleet.Out);
        Assert.Equal(engine.Fleet.Backup, await File.ReadAllBytesAsync(Backup, Cancel));
        Assert.Equal(Exit.Usage, await _fleet.Run($"backup {Backup}"));
        Assert.Contains("already", _fleet.Error);
    }

    [Fact]
    public async Task A_backup_that_is_cut_off_is_an_error_and_no_file()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Backup = [.. (await FakeBackups.Whole()).Take(5000)];
        _fleet.At(engine);

        Assert.Equal(Exit.Usage, await _fleet.Run($"backup {Backup}"));
        Assert.Contains("the backup can't be used", _fleet.Error);
        engine.Fleet.EndOfBackup = context => context.GetHttpContext().Abort();
        Assert.Equal(Exit.Unreachable, await _fleet.Run($"backup {Backup}"));
        Assert.Empty(Directory.GetFiles(_fleet.Home, "engine*"));
    }

    [Fact]
    public async Task What_is_restored_lies_as_the_engine_had_it()
    {
        await File.WriteAllBytesAsync(Backup, await FakeBackups.Whole(), Cancel);

        Assert.Equal(Exit.Good, await _fleet.Run($"restore {Backup} --data {Data}"));
        Assert.Contains($"fleet-engine --data {Data}", _fleet.Out);
        Assert.Equal("all that was decided", await File.ReadAllTextAsync(Path.Combine(Data, "fleet.db"), Cancel));
        Assert.Equal("the key", await File.ReadAllTextAsync(Path.Combine(Data, "authority.key"), Cancel));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Data, "authority.key")));
        Assert.Equal("ada's key", await File.ReadAllTextAsync(Path.Combine(Data, "publishers", "ada.pem"), Cancel));
        var tag = await File.ReadAllTextAsync(Path.Combine(Data, "content", "tags", "web", "1.0"), Cancel);
        Assert.Equal("what a layer is made of", await File.ReadAllTextAsync(Path.Combine(Data, "content", "blobs", "sha256", tag["sha256:".Length..]), Cancel));
        Assert.False(Directory.Exists(Path.Combine(Data, BackupForm.Unfinished)));
    }

    [Fact]
    public async Task An_empty_directory_will_do_and_one_that_holds_anything_will_not()
    {
        await File.WriteAllBytesAsync(Backup, await FakeBackups.Whole(), Cancel);
        Directory.CreateDirectory(Path.Combine(Data, "lost+found"));

        Assert.Equal(Exit.Good, await _fleet.Run($"restore {Backup} --data {Data}"));
        var before = Everything();
        Assert.Equal(Exit.Usage, await _fleet.Run($"restore {Backup} --data {Data}"));
        Assert.Contains("is not empty", _fleet.Error);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public async Task A_directory_in_use_is_told_with_the_process()
    {
        await File.WriteAllBytesAsync(Backup, await FakeBackups.Whole(), Cancel);
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "fleet.pid"), "4711", Cancel);
        await using var held = new FileStream(Path.Combine(Data, "fleet.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Assert.Equal(Exit.Usage, await _fleet.Run($"restore {Backup} --data {Data}"));
        Assert.Contains("in use by process 4711", _fleet.Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(700)]
    [InlineData(4000)]
    [InlineData(-1500)]
    public async Task Of_a_torn_backup_nothing_is_left(int length)
    {
        var whole = await FakeBackups.Whole();
        await File.WriteAllBytesAsync(Backup, whole[..(length < 0 ? whole.Length + length : length)], Cancel);

        await NothingComesOf("");
    }

    [Fact]
    public async Task Of_an_altered_one_nothing_is_left()
    {
        var altered = await FakeBackups.Whole();
        altered[altered.AsSpan().IndexOf("all that was decided"u8)]++;
        await File.WriteAllBytesAsync(Backup, altered, Cancel);

        await NothingComesOf("'fleet.db' was altered");
    }

    [Fact]
    public async Task One_of_a_newer_fleet_is_refused()
    {
        await File.WriteAllBytesAsync(Backup, await FakeBackups.Whole(m => (m.StateSchema, m.FleetVersion) = (BackupForm.StateSchema + 1, "9.0.0")), Cancel);

        await NothingComesOf("use the newer Fleet (9.0.0)");
    }

    [Fact]
    public async Task What_a_killed_restore_left_is_told()
    {
        await File.WriteAllBytesAsync(Backup, await FakeBackups.Whole(), Cancel);
        Directory.CreateDirectory(Path.Combine(Data, BackupForm.Unfinished));

        Assert.Equal(Exit.Usage, await _fleet.Run($"restore {Backup} --data {Data}"));
        Assert.Contains("did not end", _fleet.Error);
    }

    [Fact]
    public async Task An_interrupted_restore_leaves_nothing()
    {
        await File.WriteAllBytesAsync(Backup, await FakeBackups.Whole(), Cancel);
        using var interrupted = new CancellationTokenSource();
        await interrupted.CancelAsync();

        Assert.Equal(Exit.Interrupted, await _fleet.Run($"restore {Backup} --data {Data}", interrupted.Token));
        Assert.False(Directory.Exists(Data));
    }

    // A new directory is not made, and an empty one stays empty.
    private async Task NothingComesOf(string said)
    {
        Assert.Equal(Exit.Usage, await _fleet.Run($"restore {Backup} --data {Data}"));
        Assert.StartsWith("error: the backup can't be used: ", _fleet.Error, StringComparison.Ordinal);
        Assert.Contains(said, _fleet.Error);
        Assert.False(Directory.Exists(Data));
        Directory.CreateDirectory(Data);
        Assert.Equal(Exit.Usage, await _fleet.Run($"restore {Backup} --data {Data}"));
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    private string[] Everything() => [.. Directory.GetFileSystemEntries(Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
