using Fleet.Committing;
using Fleet.Instances;
using Fleet.Resources;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fleet.Tests.Instances;

/// <summary>Laws that hold in every history. A history is a script of numbers, so that a failing one shrinks to its gist.</summary>
public sealed class InstanceProperties
{
    private const int Histories = 2000;

    [Property(MaxTest = Histories)]
    public void No_history_moves_a_change_that_has_ended(ushort[] script) => Play(script, (before, story) =>
    {
        foreach (var ended in before.Changes.Where(c => c.Phase.IsTerminal()))
        {
            if (story.State.Find(ended.Id) is { } now) Assert.Equal(ended.Phase, now.Phase);
        }
    });

    [Property(MaxTest = Histories)]
    public void Every_change_that_has_ended_has_exactly_one_terminal_record_and_no_other_has_one(ushort[] script) => Play(script, (_, story) =>
    {
        foreach (var change in story.State.Changes)
            Assert.Equal(change.Phase.IsTerminal() ? 1 : 0, story.Terminal(change.Id).Count() + (change.Id == "install" ? 1 : 0));
        Assert.All(story.Effects.OfType<Effect.Record>().Where(e => e.Entry.Terminal).GroupBy(e => e.Entry.Id), g => Assert.Single(g));
    });

    [Property(MaxTest = Histories)]
    public void At_most_one_change_is_in_flight_it_is_the_last_one_and_it_holds_the_lease(ushort[] script) => Play(script, (_, story) =>
    {
        var open = story.State.Changes.Where(c => !c.Phase.IsTerminal()).ToList();
        Assert.True(open.Count <= 1);
        if (open.Count == 0) return;
        Assert.Same(story.State.Last, open[0]);
        Assert.Equal(open[0].Id, story.State.Lease!.Holder);
    });

    [Property(MaxTest = Histories)]
    public void Every_phase_that_is_not_terminal_is_left_at_its_deadline(ushort[] script) => Play(script, (_, story) =>
    {
        if (story.State.InFlight is not { } change) return;
        var at = Instance.Deadline(story.State, story.Sight)!.Value;
        var late = at > story.Now ? at : story.Now;
        var after = Instance.Looked(story.State, story.Moment with { Now = late }).State;
        Assert.NotEqual(change.Phase, after.Find(change.Id)!.Phase);
    });

    [Property(MaxTest = Histories)]
    public void Left_alone_every_history_comes_to_rest(ushort[] script) => Play(script, (_, story) =>
    {
        var state = story.State;
        for (var i = 0; i < 4 && Instance.Deadline(state, story.Sight) is { } at; i++)
            state = Instance.Looked(state, story.Moment with { Now = at > story.Now ? at : story.Now }).State;

        Assert.Null(state.InFlight);
        Assert.Null(state.Lease);
        Assert.Equal(state.Anchor, state.Desired);
    });

    [Property(MaxTest = Histories)]
    public void No_change_that_was_called_off_stays_on_the_device_unless_that_says_that_it_can_not_go_back(ushort[] script) => Play(script, (_, story) =>
    {
        var state = story.State;
        for (var i = 0; i < 4 && Instance.Deadline(state, story.Sight) is { } at; i++)
            state = Instance.Looked(state, story.Moment with { Now = at > story.Now ? at : story.Now }).State;
        var rested = Instance.Looked(state, story.Moment).State;

        if (rested.Changes.LastOrDefault(c => c.Astray == Astray.Running) is { } astray) Assert.True(astray.GoingBack(story.Now));
    });

    [Property(MaxTest = Histories)]
    public void Directives_are_ordered_once_with_rising_generations(ushort[] script)
    {
        var story = Play(script, (before, after) => Assert.True(after.State.Generation >= before.Generation));
        var directives = story.Directives.ToList();

        Assert.Equal(directives.Count, directives.DistinctBy(d => d.Id).Count());
        Assert.Equal(directives.Select(d => d.Generation), directives.Select(d => d.Generation).Order());
        Assert.Equal(directives.Count, directives.DistinctBy(d => d.Generation).Count());
    }

    [Property(MaxTest = Histories)]
    public void What_is_desired_moves_by_committed_changes_and_the_way_back_alone(ushort[] script) => Play(script, (before, story) =>
    {
        if (Equals(before.Anchor, story.State.Anchor)) return;
        var cause = story.State.Changes.Where(c => before.Find(c.Id)?.Phase != c.Phase).ToList();
        Assert.Contains(cause, c => c.Phase is ChangePhase.Committed or ChangePhase.RolledBack && Equals(c.Target, story.State.Anchor));
    });

    [Property(MaxTest = 500)]
    public void Repeated_and_reordered_steps_lead_to_the_same_state(int seed, byte scenario)
    {
        var steps = Runs[scenario % Runs.Length];
        var inOrder = Deliver(steps);

        var random = new Random(seed);
        var shuffled = steps.Concat(steps).Concat(steps).ToArray();
        random.Shuffle(shuffled);

        Assert.Equal(inOrder, Deliver(shuffled[..random.Next(steps.Length, shuffled.Length)].Concat(steps.OrderBy(_ => random.Next()))));
    }

    [Property(MaxTest = 500)]
    public void The_same_facts_give_the_same_decisions(ushort[] script)
    {
        var (one, two) = (Play(script, (_, _) => { }), Play(script, (_, _) => { }));

        Assert.Equal(
            System.Text.Json.JsonSerializer.Serialize(one.State, Engine.Storage.StateJson.Options),
            System.Text.Json.JsonSerializer.Serialize(two.State, Engine.Storage.StateJson.Options));
    }

    /// <summary>How a device's change can go, step by step.</summary>
    private static readonly (ChangePhase Phase, string Reason, bool ByAgent)[][] Phases =
    [
        [(ChangePhase.Admitted, "", false), (ChangePhase.Prepared, "", false), (ChangePhase.Applied, "", false), (ChangePhase.Effective, "", false), (ChangePhase.Verified, "", false)],
        [(ChangePhase.Admitted, "", false), (ChangePhase.Prepared, "", false), (ChangePhase.Applied, "", false), (ChangePhase.Failed, "PROBE_FAILED", true), (ChangePhase.RollingBack, "", true), (ChangePhase.RolledBack, "", true)],
        [(ChangePhase.Admitted, "", false), (ChangePhase.Failed, "NO_SPACE", true), (ChangePhase.RollingBack, "", true), (ChangePhase.NeedsHuman, "UNDO_FAILED", true)],
        [(ChangePhase.Admitted, "", false), (ChangePhase.Rejected, "COMPONENT_ABSENT", false)],
    ];

    private static readonly ChangeProgress[][] Runs = [.. Phases.Select(run => run.Select((s, i) =>
        new Story().Progress("c", s.Phase, i + 1, s.Reason, s.ByAgent)).ToArray())];

    private static string Deliver(IEnumerable<ChangeProgress> steps)
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.After(TimeSpan.FromSeconds(1));
        foreach (var step in steps) story.Told(step);
        story.Reports(Health.Healthy, story.State.Desired);

        var change = story.State.Find("c")!;
        return string.Join("; ",
            change.Phase, change.Reason, change.ByAgent, story.State.Desired.Line(), story.State.Lease?.Holder, story.State.Generation,
            string.Join(",", change.History.Select(h => $"{h.Step}{h.Phase}")),
            string.Join(",", story.State.RestorePoints.Select(p => p.Change)),
            string.Join(",", story.Effects.OfType<Effect.Quarantine>().Select(q => q.Patch)),
            string.Join(",", story.Directives.Select(d => d.Id)),
            string.Join(",", story.Audit.Where(a => a.EndsWith("ended", StringComparison.Ordinal))));
    }

    /// <summary>Each number is one thing that happens: what, to which change, and how.</summary>
    private static Story Play(ushort[] script, Action<InstanceState, Story> check)
    {
        var story = Story.Installed();
        foreach (var (number, index) in script.Select((n, i) => (n, i)))
        {
            var before = story.State;
            Step(story, number, index);
            check(before, story);
        }
        return story;
    }

    private static void Step(Story story, int number, int index)
    {
        var (what, which, how) = (number % 8, number / 8 % 4, number / 32);
        var change = which < story.State.Changes.Length ? story.State.Changes[^(which + 1)] : story.State.Changes[0];
        switch (what)
        {
            case 0:
                var version = how % 2 == 0 ? Sample.Two : Sample.One;
                if (how % 3 == 0) story.Apply($"c{index}", Sample.Hotfix($"fix{how % 5}", $"3.0.{how % 7}", reversible: how % 4 > 0));
                else story.Apply($"c{index}", Sample.Layer($"v{how % 2}", version, reversible: how % 4 > 0), version);
                break;
            case 1 or 2:
                var name = how % 3 == 0 && !change.Backs.IsEmpty ? change.Backs[0] : change.Id;
                story.Told(story.Progress(name, (ChangePhase)(how % 15 + 1), how % 11 + 1, how % 2 == 0 ? "" : "PROBE_FAILED", byAgent: how % 5 == 0));
                break;
            case 3:
                story.Answer(change.Id, (DirectiveKind)(how % 3), accepted: how % 4 > 0, how % 3 == 0 ? "BUSY" : "REASON");
                break;
            case 4:
                story.Reports((Health)(how % 3 + 1), how % 4 > 0 ? story.State.Desired : story.State.Anchor);
                break;
            case 5:
                story.RollBack($"r{index}", how % 2 == 0 ? "" : change.Id);
                break;
            case 6:
                story.After(TimeSpan.FromSeconds(how % 4 == 0 ? 900 : how % 40)).Look();
                break;
            case 7:
                if (how % 4 == 0) story.Restarted();
                story.Look();
                break;
        }
    }
}
