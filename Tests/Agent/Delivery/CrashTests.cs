namespace Fleet.Agent.Delivery;

/// <summary>Laws over every place where the agent may die, and over random histories.</summary>
public class CrashTests
{
    public static TheoryData<string> Stories => ["install", "hotfix", "update", "in place", "alone", "back warm", "back cold", "back in place", "back alone", "sick", "sick in place", "dead"];

    [Theory]
    [MemberData(nameof(Stories))]
    public void An_agent_killed_anywhere_comes_to_the_same_end(string story)
    {
        var whole = Tell(story, _ => Death.Lives);
        for (var point = 0; point < whole.Points; point++)
        {
            var killed = Tell(story, p => p == point ? Death.Agent : Death.Lives);
            foreach (var change in whole.Changes) Assert.True(whole.Story(change) == killed.Story(change), $"killed at {point}: {killed.Story(change)}, expected {whole.Story(change)}");
            Same(whole, killed, $"killed at {point}");
        }
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public void A_device_that_loses_power_anywhere_ends_forward_or_back_and_serves(string story)
    {
        var whole = Tell(story, _ => Death.Lives);
        for (var point = 0; point < whole.Points; point++)
        {
            var killed = Tell(story, p => p == point ? Death.Device : Death.Lives);
            Sound(killed, $"{story}: power lost at {point}");
        }
    }

    [Fact]
    public void No_random_history_of_directives_faults_and_deaths_breaks_a_promise()
    {
        for (var seed = 0; seed < 400; seed++) Random(seed);
    }

    private static void Random(int seed)
    {
        var random = new Random(seed);
        var alone = random.Next(4) == 0;
        var simulation = new Simulation(new FakeDevice
        {
            TraitOf = s => s.Manifest.Version.Contains("bad", StringComparison.Ordinal) || s.Manifest.Hotfixes.Any(h => h.ToVersion.EndsWith("bad", StringComparison.Ordinal))
                ? (Trait)(1 + (s.Manifest.Version.Length % 3)) : Trait.Well,
        });
        simulation.DiesAt = _ => random.Next(60) switch { 0 => Death.Agent, 1 when random.Next(4) == 0 => Death.Device, _ => Death.Lives };
        simulation.Fails = e => random.Next(80) == 0 && e is not Effect.Probe ? new Happening.Failed("FAULT", "a fault", random.Next(2) == 0) : null;
        var number = 0;
        for (var i = 0; i < 12; i++)
        {
            var state = simulation.State;
            var change = $"c{++number}";
            var directed = random.Next(5) switch
            {
                0 when state.Manifest is not null => Sample.Apply(state, change, Sample.Hotfix($"3.0.{20 + i}{(random.Next(4) == 0 ? "bad" : "")}", 1 + random.Next(2))),
                1 when state.RestorePoints is [.., var point] => Sample.RollBack(state, change, point.Change),
                2 when state.Change is { } last => Sample.Commit(state, last.Id),
                _ => Sample.Apply(state, change, Sample.To($"{i}{(random.Next(2) == 0 ? "again" : "")}{(alone ? "alone" : "")}{(random.Next(4) == 0 ? "bad" : "")}")),
            };
            Send(simulation, directed);
            if (random.Next(3) == 0) simulation.Settle(_ => random.Next(40) == 0);
            else simulation.Settle();
        }
        simulation.DiesAt = _ => Death.Lives;
        simulation.Fails = _ => null;
        simulation.Settle();
        Sound(simulation, $"seed {seed}");
        if (alone) Assert.False(simulation.Device.Doubled, $"seed {seed}: two ran at once\n{string.Join('\n', simulation.Trace.TakeLast(25))}");
    }

    // The engine repeats a directive that was not answered.
    private static void Send(Simulation simulation, Happening.Directed directed)
    {
        while (true)
        {
            try
            {
                simulation.Send(directed);
                return;
            }
            catch (Simulation.Killed death)
            {
                if (death.Death == Death.Device) simulation.Device.Reboot();
                simulation.Restart();
            }
        }
    }

    private static void Same(Simulation whole, Simulation killed, string when)
    {
        Assert.True(Equals(whole.State.Manifest, killed.State.Manifest), when);
        Sound(killed, when);
    }

    private static void Sound(Simulation simulation, string when)
    {
        var (state, device) = (simulation.State, simulation.Device);
        Assert.False(state.Changing, $"{when}: still at {state.Change?.Step}");
        foreach (var change in simulation.Changes)
        {
            var facts = simulation.Facts.Where(f => f.Change == change).OrderBy(f => f.Step).ToArray();
            Assert.True(facts.Select(f => f.Step).SequenceEqual(Enumerable.Range(1, facts.Length).Select(i => (long)i)), $"{when}: steps of {change} have a hole");
            Assert.True(facts.Count(f => Simulation.IsEnd(f.Phase)) <= 1, $"{when}: {change} ended twice: {simulation.Story(change)}");
            Assert.True(Simulation.IsEnd(facts[^1].Phase) || facts[^1].Phase == DevicePhase.Verified, $"{when}: {change} never ended: {simulation.Story(change)}");
        }
        if (state.Change?.Phase == DevicePhase.NeedsHuman) return;
        Assert.True(device.Slots.Keys.SequenceEqual(state.Slots.Select(s => s.Id)), $"{when}: slots {string.Join(",", device.Slots.Keys)} on the device, {string.Join(",", state.Slots.Select(s => s.Id))} in mind");
        Assert.True(device.Slots.Count <= 1 && device.Routed == state.ActiveSlot, $"{when}: {device.Slots.Count} slots, traffic to {device.Routed}, active {state.ActiveSlot}");
        Assert.True(state.Active is null || (device.Slots[state.ActiveSlot].Running && !device.Slots[state.ActiveSlot].OldCode), $"{when}: the active slot does not run what it should");
        Assert.True(state.Active is null || device.Slots[state.ActiveSlot].Stack.Layers.SequenceEqual(state.Active.Stack.Layers), $"{when}: other layers run than in mind");
    }

    private static Simulation Tell(string story, Func<int, Death> dies)
    {
        var simulation = new Simulation(new FakeDevice
        {
            TraitOf = s => s.Manifest.Hotfixes.IsEmpty || !story.Contains("sick", StringComparison.Ordinal) && !story.Contains("dead", StringComparison.Ordinal)
                ? Trait.Well : story.Contains("sick", StringComparison.Ordinal) ? Trait.SickUnderTraffic : Trait.DoesNotStart,
        });
        var version = story.Contains("alone", StringComparison.Ordinal) ? "alone" : story.Contains("in place", StringComparison.Ordinal) ? "again" : "1";
        if (story == "install") simulation.DiesAt = dies;
        Go(simulation, Sample.Apply(simulation.State, "install", Sample.To(version)), Step.Wait);
        if (story == "install") return simulation;
        Go(simulation, Sample.Commit(simulation.State, "install"), Step.Ended);

        var back = story.StartsWith("back", StringComparison.Ordinal);
        var patch = story is "update" or "alone" or "back alone" ? Sample.To(version + "-2") : Sample.Hotfix(files: version == "again" ? 1 : 2);
        if (!back) simulation.DiesAt = Later(simulation, dies);
        Go(simulation, Sample.Apply(simulation.State, "change", patch), story == "back warm" ? Step.Keep : Step.Wait);
        if (!back) return simulation;
        simulation.DiesAt = Later(simulation, dies);
        Go(simulation, Sample.RollBack(simulation.State, "back", "change"), Step.Ended);
        return simulation;
    }

    // Points count from where the story begins.
    private static Func<int, Death> Later(Simulation simulation, Func<int, Death> dies)
    {
        var from = simulation.Points;
        return p => dies(p - from);
    }

    private static void Go(Simulation simulation, Happening.Directed directed, Step until)
    {
        Send(simulation, directed);
        simulation.Settle(s => s.Change?.Step == until);
        if (until is not Step.Keep) simulation.Settle();
    }
}
