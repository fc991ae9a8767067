using Fleet.Engine.Storage;
using Orleans.Storage;

namespace Fleet.Engine.Tests.Storage;

public sealed class StateStorageTests : StorageTests
{
    [Fact]
    public async Task A_state_that_was_never_written_is_fresh()
    {
        using var database = StateDatabase.Open(Directory);
        var record = await Read(database);

        Assert.Equal(new Thing(), record.State);
        Assert.Null(record.ETag);
        Assert.False(record.RecordExists);
    }

    [Fact]
    public async Task What_was_written_is_there_when_the_database_is_opened_again()
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");

        using var again = StateDatabase.Open(Directory);
        var record = await Read(again);
        Assert.Equal("kept", record.State!.Text);
        Assert.True(record.RecordExists);
    }

    [Fact]
    public async Task A_stale_writer_is_refused_and_changes_nothing()
    {
        using var database = StateDatabase.Open(Directory);
        await Write(database, "first");
        var stale = await Read(database);
        var newer = await Write(database, "second", await Read(database));

        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => Write(database, "stale", stale));
        Assert.Equal((newer.ETag, stale.ETag), (error.StoredEtag, error.CurrentEtag));
        Assert.Contains("thing/one", error.Message, StringComparison.Ordinal);
        Assert.Equal("second", (await Read(database)).State!.Text);
    }

    [Fact]
    public async Task Of_two_that_write_first_one_is_refused()
    {
        using var database = StateDatabase.Open(Directory);
        await Write(database, "first");

        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(database, "second"));
    }

    [Fact]
    public async Task The_version_of_a_state_that_was_removed_never_comes_again()
    {
        using var database = StateDatabase.Open(Directory);
        var removed = await Write(database, "first");
        var stale = new GrainState<Thing>(removed.State, removed.ETag) { RecordExists = true };
        await new SqliteGrainStorage(database).ClearStateAsync("thing", Grain, removed);
        Assert.False((await Read(database)).RecordExists);
        Assert.Null(removed.ETag);
        await Write(database, "again");

        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(database, "stale", stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => new SqliteGrainStorage(database).ClearStateAsync("thing", Grain, stale));
        Assert.Equal("again", (await Read(database)).State!.Text);
    }

    [Theory]
    [InlineData("UPDATE state SET body = replace(body, 'kept', 'bent')")]
    [InlineData("UPDATE state SET etag = etag + 1")]
    [InlineData("UPDATE state SET checksum = zeroblob(32)")]
    public async Task A_row_that_was_changed_behind_our_back_is_refused_by_name(string change)
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");
        Execute(change);

        using var again = StateDatabase.Open(Directory);
        var error = await Assert.ThrowsAsync<StateStoreException>(() => Read(again));
        Assert.Contains("The state 'thing' of grain thing/one is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_was_moved_to_another_grain_is_refused()
    {
        using (var database = StateDatabase.Open(Directory)) await Write(database, "kept");
        Execute("UPDATE state SET grain = 'thing/two'");

        using var again = StateDatabase.Open(Directory);
        await Assert.ThrowsAsync<StateStoreException>(() =>
            new SqliteGrainStorage(again).ReadStateAsync("thing", GrainId.Parse("thing/two"), new GrainState<Thing>()));
    }

    [Fact]
    public async Task A_state_of_a_newer_schema_is_refused_and_left_alone()
    {
        using var database = StateDatabase.Open(Directory);
        await new SqliteGrainStorage(database).WriteStateAsync("thing", Grain, new GrainState<NewerThing>(new NewerThing { Text = "new" }));

        var error = await Assert.ThrowsAsync<StateStoreException>(() => Read(database));
        Assert.Contains("schema 2, newer than the program, which knows 1", error.Message, StringComparison.Ordinal);

        var record = new GrainState<NewerThing>();
        await new SqliteGrainStorage(database).ReadStateAsync("thing", Grain, record);
        Assert.Equal("new", record.State!.Text);
    }

    [StateSchema(2)]
    private sealed record NewerThing
    {
        public string Text { get; init; } = "";
    }
}
