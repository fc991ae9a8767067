namespace Fleet.Agent.Delivery;

public sealed class FileJournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-journal-").FullName;
    private string State => Path.Combine(_directory, "web", "state");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_was_saved_is_read_again_to_the_last_member()
    {
        var simulation = new Simulation(new FakeDevice());
        simulation.Send(Sample.Apply(simulation.State, "install", Sample.To("1")));
        simulation.Settle();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle(s => s.Change!.Step == Step.Keep);
        new FileJournal(_directory).Save(simulation.State);

        var again = new FileJournal(_directory);
        var read = again.Load("web")!;
        Assert.Equal(["web"], again.Names());
        Assert.Equal(Json(simulation.State), Json(read));
        Assert.Equal(simulation.State.Change!.Patch!.Swap!.Layer, read.Change!.Patch!.Swap!.Layer);
        Assert.False(File.Exists(State + ".new"));
    }

    [Fact]
    public void Nothing_is_there_before_the_first_save() =>
        Assert.Equal((0, null), (new FileJournal(Path.Combine(_directory, "none")).Names().Count, new FileJournal(_directory).Load("web")));

    [Fact]
    public void A_changed_byte_anywhere_is_noticed()
    {
        new FileJournal(_directory).Save(new InstanceState { Name = "web", Generation = 7 });
        var good = File.ReadAllBytes(State);
        for (var i = 0; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= 1;
            File.WriteAllBytes(State, bad);
            Assert.Throws<JournalException>(() => new FileJournal(_directory).Load("web"));
        }
        File.WriteAllBytes(State, good[..^1]);
        Assert.Throws<JournalException>(() => new FileJournal(_directory).Load("web"));
    }

    [Fact]
    public void A_state_of_a_newer_agent_is_left_alone()
    {
        new FileJournal(_directory).Save(new InstanceState { Name = "web", Schema = InstanceState.CurrentSchema + 1 });
        Assert.Contains("schema", Assert.Throws<JournalException>(() => new FileJournal(_directory).Load("web")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_can_not_be_saved_leaves_the_one_before()
    {
        var journal = new FileJournal(_directory);
        journal.Save(new InstanceState { Name = "web", Generation = 1 });
        Directory.CreateDirectory(State + ".new"); // in the way of writing aside
        Assert.ThrowsAny<Exception>(() => journal.Save(new InstanceState { Name = "web", Generation = 2 }));
        Assert.Equal(1, new FileJournal(_directory).Load("web")!.Generation);
    }

    [Fact]
    public void After_a_failed_save_the_state_before_is_written_again_unless_it_still_stands()
    {
        var journal = new FileJournal(_directory);
        var (one, two) = (new InstanceState { Name = "web", Generation = 1 }, new InstanceState { Name = "web", Generation = 2 });
        journal.Save(one);
        Directory.CreateDirectory(State + ".new");
        Assert.ThrowsAny<Exception>(() => journal.Save(two));
        journal.Save(one); // stands, and so is not written

        var other = new FileJournal(Path.Combine(_directory, "other"));
        other.Save(two);
        File.Copy(Path.Combine(_directory, "other", "web", "state"), State, overwrite: true); // as if it failed after the rename
        Assert.ThrowsAny<Exception>(() => journal.Save(two));
        Directory.Delete(State + ".new");
        journal.Save(one);
        Assert.Equal(1, new FileJournal(_directory).Load("web")!.Generation);
    }

    private static string Json(InstanceState state) => System.Text.Json.JsonSerializer.Serialize(state, StateJson.Default.InstanceState);
}
