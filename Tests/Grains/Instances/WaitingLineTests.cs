using Fleet.Instances;

namespace Fleet.Tests.Instances;

/// <summary>Who goes first when several wait for one instance.</summary>
public sealed class WaitingLineTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;

    [Theory]
    [InlineData(ActuatorPriority.EmergencyHotfix, 0, true)]
    [InlineData(ActuatorPriority.Remediation, 0, true)]
    [InlineData(ActuatorPriority.Patch, 1, true)]
    [InlineData(ActuatorPriority.Patch, 0, false)]
    [InlineData(ActuatorPriority.Patch, -1, false)]
    [InlineData(ActuatorPriority.Tuning, 100, false)]
    public void The_more_urgent_goes_first(ActuatorPriority actuator, int priority, bool first)
    {
        var line = WaitingLine.Empty.After(Ask("waits", actuator, priority), ChangeAnswerKind.Busy, Noon);

        Assert.Equal(first ? "waits" : null, line.Ahead(Ask("comes"), Noon.AddSeconds(5)));
    }

    [Fact]
    public void Nobody_waits_for_one_that_has_not_asked_again_or_has_got_it()
    {
        var urgent = Ask("waits", ActuatorPriority.EmergencyHotfix);
        var line = WaitingLine.Empty.After(urgent, ChangeAnswerKind.Busy, Noon);

        Assert.Null(line.Ahead(Ask("comes"), Noon + WaitingLine.Patience + TimeSpan.FromSeconds(1)));
        Assert.Null(line.After(urgent, ChangeAnswerKind.Accepted, Noon).Ahead(Ask("comes"), Noon));
        Assert.Null(line.After(urgent, ChangeAnswerKind.Refused, Noon).Ahead(Ask("comes"), Noon));
        Assert.Null(line.Ahead(urgent, Noon));
    }

    [Fact]
    public void Those_that_wait_are_told_the_most_urgent_first_and_each_once()
    {
        var line = WaitingLine.Empty
            .After(Ask("a") with { Owner = new("r1", 0) }, ChangeAnswerKind.Busy, Noon)
            .After(Ask("b", ActuatorPriority.EmergencyHotfix) with { Owner = new("r2", 0) }, ChangeAnswerKind.Busy, Noon)
            .After(Ask("c"), ChangeAnswerKind.Busy, Noon)
            .After(Ask("a") with { Owner = new("r1", 0) }, ChangeAnswerKind.Busy, Noon);

        Assert.Equal([new ChangeOwner("r2", 0), new ChangeOwner("r1", 0)], line.Owners(Noon));
    }

    [Fact]
    public void A_line_does_not_grow_for_ever()
    {
        var line = Enumerable.Range(0, 1000).Aggregate(WaitingLine.Empty, (l, i) => l.After(Ask($"c{i}"), ChangeAnswerKind.Busy, Noon));

        Assert.True(line.Waiters.Length <= 16);
        Assert.Equal("c999", line.Waiters[^1].Request.Change);
    }

    [Fact]
    public void A_change_that_is_less_urgent_is_told_whom_it_waits_for()
    {
        var story = Story.Installed();
        var offer = new Offer(Sample.Ask("c", "fix"), Sample.View(Sample.Hotfix("fix", "3.0.2")), null, Sample.One, Ahead: "hot");

        var reply = story.Apply(offer);

        Assert.Equal((ChangeAnswerKind.Busy, "change 'hot' is more urgent and waits for the instance"), (reply.Kind, reply.Detail));
    }

    private static ApplyPatch Ask(string change, ActuatorPriority actuator = ActuatorPriority.Patch, int priority = 0) =>
        Sample.Ask(change, "fix") with { Actuator = actuator, Priority = priority };
}
