using Fleet.Engine.Storage;
using Fleet.Tests.Writer;

namespace Fleet.Engine.Tests.Storage;

public sealed class DurabilityTests : StorageTests
{
    /// <summary>Kills; FLEET_KILL_ROUNDS asks for more.</summary>
    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("FLEET_KILL_ROUNDS") ?? "20", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Every_write_that_was_acknowledged_before_a_kill_is_there()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var acknowledged = await LoadAndKill(writes: 2000);

            using var database = StateDatabase.Open(Directory);
            foreach (var (key, count) in acknowledged)
            {
                var record = new GrainState<Counted>();
                await new SqliteGrainStorage(database).ReadStateAsync("counted", GrainId.Create("load", key), record);
                Assert.True(record.State!.Count >= count, $"{key} has {record.State!.Count}, but {count} was acknowledged in round {round}");
            }

            Execute("DELETE FROM state");
        }
    }

    [Fact]
    public async Task Writes_that_wait_share_a_transaction()
    {
        using var database = StateDatabase.Open(Directory);
        using var release = new ManualResetEventSlim();
        var first = database.Write((_, _) => release.Wait(TimeSpan.FromSeconds(20)));
        var waiting = Enumerable.Range(0, 500).Select(number => database.Write((tables, version) =>
        {
            tables.State.Write($"thing/{number}", "thing", new StateRow(version, 1, "{}"u8.ToArray()), null);
            return version;
        })).ToArray();
        release.Set();
        var versions = await Task.WhenAll(waiting);

        Assert.True(await first);
        Assert.Equal(500, versions.Distinct().Count());
        Assert.InRange(database.Commits, 1, 2);
    }

    [Fact]
    public async Task A_change_that_refuses_itself_leaves_its_group_alone()
    {
        using var database = StateDatabase.Open(Directory);
        using var release = new ManualResetEventSlim();
        _ = database.Write((_, _) => release.Wait(TimeSpan.FromSeconds(20)));
        var writes = new[] { Write(database, "one"), Write(database, "two") };
        release.Set();

        await writes[0];
        await Assert.ThrowsAnyAsync<OrleansException>(() => writes[1]);
        Assert.Equal("one", (await Read(database)).State!.Text);
    }

    [Fact]
    public async Task A_change_that_the_database_refuses_leaves_its_group_alone()
    {
        using var database = StateDatabase.Open(Directory);
        using var release = new ManualResetEventSlim();
        _ = database.Write((_, _) => release.Wait(TimeSpan.FromSeconds(20)));
        var good = Write(database, "good");
        var bad = database.Write((tables, version) =>
        {
            tables.State.Write("thing/bad", null!, new StateRow(version, 1, []), null);
            return version;
        });
        var alsoGood = database.Write((tables, version) =>
        {
            tables.State.Write("thing/also", "thing", new StateRow(version, 1, []), null);
            return version;
        });
        release.Set();

        await Assert.ThrowsAnyAsync<Exception>(() => bad);
        await good;
        await alsoGood;
        Assert.Equal("good", (await Read(database)).State!.Text);
    }

    [Fact]
    public async Task Closing_waits_for_the_writes_that_were_asked_for()
    {
        Task<GrainState<Thing>>[] writes;
        using (var database = StateDatabase.Open(Directory)) writes = [Write(database, "kept")];

        await Task.WhenAll(writes);
        using var again = StateDatabase.Open(Directory);
        Assert.Equal("kept", (await Read(again)).State!.Text);
    }

    /// <summary>What a writer said that it had written, up to a kill in the middle of it.</summary>
    private async Task<Dictionary<string, int>> LoadAndKill(int writes)
    {
        var acknowledged = new Dictionary<string, int>();
        await using var writer = WriterProcess.Start("load", Directory);
        Assert.Equal("opened", await writer.ReadLine());
        for (var line = 0; line < writes; line++) Note((await writer.ReadLine())!);
        await writer.Kill();

        // The last line may be cut off.
        foreach (var line in (await writer.ReadToEnd()).SkipLast(1)) Note(line);
        return acknowledged;

        void Note(string line)
        {
            var parts = line.Split(' ');
            acknowledged[parts[0]] = int.Parse(parts[1]);
        }
    }
}
