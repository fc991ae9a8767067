using Fleet.Engine.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Fleet.Engine.Tests;

public sealed class PersistenceTests : EngineTests
{
    private static readonly Guid Key = new("11112222-3333-4444-5555-666677778888");

    private INotesGrain Notes => Grains.GetGrain<INotesGrain>(Key);

    private FlakyStorage Storage => (FlakyStorage)Cluster.Services.GetRequiredKeyedService<IGrainStorage>(FlakyStorage.Name);

    [Fact]
    public async Task State_survives_a_crash()
    {
        var written = await Notes.Write("kept");
        await Cluster.Restart();

        Assert.Equal(written, await Notes.View());
        Assert.True(written.RecordExists);
    }

    [Fact]
    public async Task State_survives_a_stop_in_order()
    {
        await Notes.Write("kept");
        await Probe("a").Who();
        await Cluster.Stop();
        Assert.Contains("a sleeps: ShuttingDown", Story);
        await Cluster.Restart();

        Assert.Equal("kept", (await Notes.View()).Note);
    }

    [Fact]
    public async Task A_state_that_was_cleared_is_fresh_and_can_be_written_again()
    {
        await Notes.Write("one");
        Assert.Equal(new NotesView { Note = "", RecordExists = false, Etag = null }, await Notes.Clear());
        await Notes.Write("two");

        Assert.Equal("two", (await Notes.ReadAgain()).Note);
    }

    [Fact]
    public async Task A_write_that_fails_throws_and_leaves_memory_as_it_is()
    {
        var before = await Notes.Write("before");
        Storage.FailNext(new IOException("The disk is gone."));
        await Assert.ThrowsAnyAsync<OrleansException>(() => Notes.Write("lost"));
        Assert.Equal(before with { Note = "lost" }, await Notes.View());

        Storage.FailNext(new IOException("The disk is gone."));
        Assert.Equal(before with { Note = "lost too" }, await Notes.TryToWrite("lost too"));
        Assert.Equal(before, await Notes.ReadAgain());
    }

    [Fact]
    public async Task A_write_that_landed_without_its_acknowledgement_refuses_the_next_one_and_then_the_truth_is_known()
    {
        await Notes.Write("before");
        Storage.FailNext(new IOException("The answer was lost."), landed: true);
        await Assert.ThrowsAnyAsync<OrleansException>(() => Notes.Write("landed"));

        await Assert.ThrowsAsync<InconsistentStateException>(() => Notes.Write("blindly again"));
        Assert.Equal("landed", (await Notes.View()).Note);
        Assert.Equal("after", (await Notes.Write("after")).Note);
    }

    [Fact]
    public async Task After_a_write_that_landed_without_its_acknowledgement_a_grain_can_read_the_truth_and_go_on()
    {
        var before = await Notes.Write("before");
        Storage.FailNext(new IOException("The answer was lost."), landed: true);
        Assert.Equal(before with { Note = "landed" }, await Notes.TryToWrite("landed"));

        var read = await Notes.ReadAgain();
        Assert.Equal("landed", read.Note);
        Assert.NotEqual(before.Etag, read.Etag);
        Assert.Equal("after", (await Notes.Write("after")).Note);
    }

    [Fact]
    public async Task A_grain_whose_record_somebody_else_wrote_is_refused_and_then_knows_the_truth()
    {
        await Notes.Write("ours");
        var id = Notes.GetGrainId();
        var theirs = new GrainState<NotesState>();
        await Storage.ReadStateAsync("notes", id, theirs);
        theirs.State = new NotesState { Note = "theirs" };
        await Storage.WriteStateAsync("notes", id, theirs);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Notes.Write("ours again"));
        Assert.Equal("theirs", (await Notes.View()).Note);
        Assert.Equal("ours again", (await Notes.Write("ours again")).Note);
    }

    [Fact]
    public async Task A_grain_whose_record_is_damaged_does_not_wake_and_says_why()
    {
        await Notes.Write("kept");
        await Cluster.Crash();
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(Cluster.DataDirectory, "fleet.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE state SET body = '{}'";
            await command.ExecuteNonQueryAsync();
        }

        await Cluster.Restart();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Notes.View());
        Assert.Contains($"The state 'notes' of grain notes/{Key:N} is damaged", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_on_a_directory_in_use_does_not_start_and_says_why()
    {
        var error = await Assert.ThrowsAsync<StateStoreException>(() => Fleet.Tests.TestCluster.Start(dataDirectory: Cluster.DataDirectory));

        Assert.Contains($"in use by process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    protected override void Configure(IServiceCollection services)
    {
        base.Configure(services);
        services.AddKeyedSingleton<IGrainStorage>(FlakyStorage.Name, (provider, _) =>
            new FlakyStorage(provider.GetRequiredKeyedService<IGrainStorage>(SqliteGrainStorage.Name)));
    }
}
