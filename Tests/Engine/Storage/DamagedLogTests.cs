using Fleet.Engine.Storage;

namespace Fleet.Engine.Tests.Storage;

/// <summary>SQLite stops at a damaged frame of its log without an error. Fleet notices.</summary>
[Collection("processes")]
public sealed class DamagedLogTests : StorageTests
{
    /// <summary>Writes that are acknowledged for certain before the writer is killed.</summary>
    private const int Acknowledged = 500;

    /// <summary>A byte of the first page behind the log's header. A log that was begun again after a checkpoint ends with frames that no longer count.</summary>
    private const int InFirstFrame = 32 + 24 + 100;

    private string Log => Path.Combine(Directory, "fleet.db-wal");

    private string Counter => Path.Combine(Directory, CommitCounter.Name);

    [Fact]
    public async Task Commits_that_a_damaged_log_lost_are_noticed_and_nothing_is_changed()
    {
        await WriteAndKill();
        var log = await File.ReadAllBytesAsync(Log, TestContext.Current.CancellationToken);
        log[InFirstFrame] ^= 0xFF;
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
        File.Delete(Counter);

        StateDatabase.Open(Directory).Dispose();
    }

    [Fact]
    public async Task A_counter_that_is_cut_is_no_trouble()
    {
        await WriteAndKill();
        await File.WriteAllBytesAsync(Counter, [1, 2, 3], TestContext.Current.CancellationToken);

        StateDatabase.Open(Directory).Dispose();
    }

    /// <summary>After a power cut it may be behind; ahead it never is, unless something is lost.</summary>
    [Fact]
    public async Task A_counter_that_is_behind_is_no_trouble_and_one_that_is_ahead_is_refused()
    {
        await WriteAndKill();
        var seen = CommitCounter.Read(Counter);
        Assert.InRange(seen, Acknowledged, long.MaxValue);

        Note(seen - 100);
        StateDatabase.Open(Directory).Dispose();

        Note(seen + 1_000_000);
        Assert.Contains($"change {seen + 1_000_000} was acknowledged", Assert.Throws<StateStoreException>(() => StateDatabase.Open(Directory)).Message, StringComparison.Ordinal);
    }

    private void Note(long number)
    {
        using var counter = new CommitCounter(Counter);
        counter.Note(number);
    }

    private async Task WriteAndKill()
    {
        await using var writer = WriterProcess.Start("load", Directory);
        Assert.Equal("opened", await writer.ReadLine());
        for (var write = 0; write < Acknowledged; write++) Assert.NotNull(await writer.ReadLine());
        await writer.Kill();
    }
}
