using Fleet.Committing;
using Fleet.Instances;

namespace Fleet.Tests.Instances;

/// <summary>The lease of an instance, lent to someone who changes nothing; and what the roster hears.</summary>
public sealed class LeaseTests
{
    [Fact]
    public void A_lent_instance_takes_no_change_until_it_is_given_back()
    {
        var story = Story.Installed();
        story.Take(Instance.Lent(story.State, new("hold-1", story.Now.AddHours(1)), story.Moment)!);

        var busy = story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        Assert.Equal((ChangeAnswerKind.Busy, true), (busy.Kind, busy.Detail.Contains("hold 'hold-1' keeps the instance", StringComparison.Ordinal)));
        Assert.Equal(ChangeAnswerKind.Busy, story.RollBack("back").Kind);

        story.Take(Instance.Returned(story.State, "hold-1"));
        Assert.Equal(ChangeAnswerKind.Accepted, story.Apply("c", Sample.Hotfix("fix", "3.0.2")).Kind);
    }

    [Fact]
    public void A_holder_that_never_comes_back_loses_the_lease_in_time()
    {
        var story = Story.Installed();
        story.Take(Instance.Lent(story.State, new("hold-1", story.Now.AddHours(1)), story.Moment)!);

        Assert.Equal(story.Now.AddHours(1), Instance.Deadline(story.State, story.Sight));
        story.After(TimeSpan.FromHours(1));
        Assert.Equal(ChangeAnswerKind.Accepted, story.Apply("c", Sample.Hotfix("fix", "3.0.2")).Kind);
    }

    [Fact]
    public void Who_changes_the_instance_keeps_it_and_two_holders_never_have_it()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        Assert.Null(Instance.Lent(story.State, new("hold-1", story.Now.AddHours(1)), story.Moment));

        var other = Story.Installed();
        other.Take(Instance.Lent(other.State, new("hold-1", other.Now.AddHours(1)), other.Moment)!);
        Assert.Null(Instance.Lent(other.State, new("hold-2", other.Now.AddHours(1)), other.Moment));
        Assert.NotNull(Instance.Lent(other.State, new("hold-1", other.Now.AddHours(2)), other.Moment));
        Assert.Equal("hold-1", Instance.Returned(other.State, "hold-2").State.Lease!.Holder);
    }

    [Fact]
    public void A_change_that_needs_a_device_that_is_seen_is_refused_as_offline_otherwise()
    {
        var story = Story.Installed();
        story.After(TimeSpan.FromMinutes(1));

        var reply = story.Apply("c", Sample.Hotfix("fix", "3.0.2"), ask: r => r with { OnlyWhenSeen = true });

        Assert.Equal((ChangeAnswerKind.Offline, "install"), (reply.Kind, story.Last.Id));
    }

    [Fact]
    public void That_the_device_is_away_is_said_before_anything_else_that_holds_the_instance()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.After(TimeSpan.FromMinutes(1));

        Assert.Equal(ChangeAnswerKind.Offline, story.Apply("d", Sample.Hotfix("fix", "3.0.2"), ask: r => r with { OnlyWhenSeen = true }).Kind);
    }

    [Fact]
    public void A_change_whose_permit_is_over_is_not_begun()
    {
        var story = Story.Installed();

        var reply = story.Apply("c", Sample.Hotfix("fix", "3.0.2"), ask: r => r with { BeginBefore = story.Now });

        Assert.Equal((ChangeAnswerKind.Busy, "PERMIT_OVER", "install"), (reply.Kind, reply.Reason, story.Last.Id));
    }

    [Fact]
    public void The_roster_is_told_when_what_is_installed_or_a_label_changes_and_of_nothing_else()
    {
        var story = Story.Installed();
        var installed = Instance.Listed(new(), new(story.State), story.Moment);
        Assert.Equal("1.0", Assert.Single(installed.Effects.OfType<Effect.List>()).Entry.Manifest!.Version);

        Assert.Empty(Instance.Listed(installed.State, new(installed.State with { Unordered = 1 }), story.Moment).Effects);
        var labelled = Instance.Listed(installed.State, Instance.Labelled(installed.State, Labels.Of([new("app", "shop")]), "ada", story.Moment), story.Moment);
        var entry = Assert.Single(labelled.Effects.OfType<Effect.List>()).Entry;
        Assert.Equal(("shop", 2L), (entry.Labels["app"], entry.Version));
        Assert.Equal("ada", Assert.Single(labelled.Effects.OfType<Effect.Record>()).Entry.Actor);
    }

    [Fact]
    public void A_service_that_dies_by_itself_is_counted_and_one_that_is_changed_is_not()
    {
        InstanceFacts Facts(int pid, bool running = true) => new() { Slots = [new SlotFacts { Id = "s1", Active = true, Running = running, InitPid = pid }] };
        var sight = new Sight(Sample.Noon).Saw(Facts(10), inFlight: false, Sample.Noon);

        Assert.Equal(0, sight.Saw(Facts(10), inFlight: false, Sample.Noon).Crashes);
        Assert.Equal(1, sight.Saw(Facts(11), inFlight: false, Sample.Noon).Crashes);
        Assert.Equal(1, sight.Saw(Facts(10, running: false), inFlight: false, Sample.Noon).Crashes);
        Assert.Equal(0, sight.Saw(Facts(11), inFlight: true, Sample.Noon).Crashes);
    }

    [Fact]
    public void Errors_of_the_health_probe_are_counted_since_the_last_change_also_when_the_agent_counts_anew()
    {
        var sight = new Sight(Sample.Noon);
        (long, long) Saw(long probes, long errors, bool inFlight = false)
        {
            sight = sight.Saw(new InstanceFacts { Probes = probes, FailedProbes = errors }, inFlight, Sample.Noon);
            return (sight.Probes, sight.FailedProbes);
        }

        Assert.Equal((0, 0), Saw(900, 40));
        Assert.Equal((10, 1), Saw(910, 41));
        Assert.Equal((0, 0), Saw(920, 51, inFlight: true));
        Assert.Equal((10, 2), Saw(930, 53));
        Assert.Equal((13, 3), Saw(3, 1));
    }
}
