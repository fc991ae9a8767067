using Fleet.Engine.Storage;

namespace Fleet.Engine.Tests.Storage;

/// <summary>SQLite stops at a damaged frame of its log without an error. Fleet notices.</summary>
public sealed class DamagedLogTests : StorageTests
{
    private string Log => Path.Combine(Directory, "fleet.db-wal");

    [Fact]
    public async Task Commits_that_a_damaged_log_lost_are_noticed_and_nothing_is_changed()
    {
        await WriteAndKill();
        var log = await File.ReadAllBytesAsync(Log, TestContext.Current.CancellationToken);
        log[log.Length / 2] ^= 0xFF;
        await File.WriteAllBytesAsync(Log, log, TestContext.Current.CancellationToken);

        var error = Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));

        Assert.Contains("was acknowledged", error.Message, StringComparison.Ordinal);
        Assert.Equal(log, await File.ReadAllBytesAsync(Log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_log_that_is_gone_is_noticed()
    {
        await WriteAndKill();
        File.Delete(Log);

        Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory));
    }

    [Fact]
    public async Task Who_accepts_the_loss_goes_on()
    {
        await WriteAndKill();
        File.Delete(Log);
        File.Delete(Path.Combine(Directory, CommitCounter.Name));

        StateDatabase.Open(Directory).Dispose();
    }

    [Fact]
    public async Task A_counter_that_is_cut_or_behind_is_no_trouble()
    {
        await WriteAndKill();
        await File.WriteAllBytesAsync(Path.Combine(Directory, CommitCounter.Name), [1, 2, 3], TestContext.Current.CancellationToken);

        StateDatabase.Open(Directory).Dispose();
    }

    private async Task WriteAndKill()
    {
        await using var writer = WriterProcess.Start("load", Directory);
        for (var line = 0; line < 500; line++) Assert.NotNull(await writer.ReadLine());
        await writer.Kill();
    }
}
