using Fleet.Committing;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Tests.Instances;

/// <summary>Who may change an instance, and to what.</summary>
public sealed class RequestsTests
{
    [Fact]
    public void The_first_patch_installs_a_version_with_its_ports()
    {
        var story = new Story();

        var reply = story.Apply("c", Sample.Layer("v1", Sample.One), Sample.One, r => r with { Ports = [new(8443, "http")] });

        Assert.Equal(ChangeAnswerKind.Accepted, reply.Kind);
        Assert.Equal(new PortMapping(8443, "http"), Assert.Single(story.State.Desired!.Ports));
        Assert.Equal(Sample.One.Digest, story.Directives.Single().Expected!.ImageDigest);
    }

    [Theory]
    [InlineData("PORT_UNKNOWN", 8443, "https")]
    [InlineData("PORT_INVALID", 0, "http")]
    public void Ports_that_lead_nowhere_are_refused(string reason, int host, string service) =>
        Refused(reason, new Story().Apply("c", Sample.Layer("v1", Sample.One), Sample.One, r => r with { Ports = [new(host, service)] }));

    [Fact]
    public void One_host_port_leads_to_one_port() =>
        Refused("PORT_TWICE", new Story().Apply("c", Sample.Layer("v1", Sample.One), Sample.One, r => r with { Ports = [new(80, "http"), new(80, "http")] }));

    [Fact]
    public void Later_patches_do_not_move_ports() =>
        Refused("PORTS_FIXED", Story.Installed().Apply("c", Sample.Hotfix("fix", "3.0.2"), ask: r => r with { Ports = [new(80, "http")] }));

    [Fact]
    public void A_hotfix_needs_something_installed() => Refused("NOTHING_INSTALLED", new Story().Apply("c", Sample.Hotfix("fix", "3.0.2")));

    [Fact]
    public void A_quarantined_patch_is_refused_and_the_refusal_is_on_record()
    {
        var story = Story.Installed();

        Refused("PATCH_QUARANTINED", story.Apply("c", Sample.Hotfix("bad", "3.0.2"), quarantined: true));

        Assert.Equal("edge-1/web:c:refused:PATCH_QUARANTINED", Assert.Single(story.Audit));
        Assert.Null(story.State.InFlight);
    }

    [Fact]
    public void A_patch_that_is_not_believed_now_is_refused_with_the_verifiers_words()
    {
        var story = Story.Installed();
        var patch = Sample.Hotfix("fix", "3.0.2");

        Refused("PATCH_EXPIRED", story.Apply(new Offer(
            Sample.Ask("c", "fix"), Sample.View(patch), new VerifiedPatch(null, "", EnvelopeRefusal.PatchExpired, "expired yesterday"), Sample.One)));
    }

    [Fact]
    public void A_patch_that_nobody_published_is_not_found_and_leaves_no_trace()
    {
        var story = Story.Installed();

        var reply = story.Apply(new Offer(Sample.Ask("c", "nothing"), null, null, null));

        Assert.Equal((ChangeAnswerKind.NotFound, "PATCH_UNKNOWN"), (reply.Kind, reply.Reason));
        Assert.Empty(story.Effects);
    }

    [Fact]
    public void A_version_that_nobody_published_is_refused() =>
        Refused("VERSION_UNKNOWN", Story.Installed().Apply(new Offer(
            Sample.Ask("c", "v2"), Sample.View(Sample.Layer("v2", Sample.Two)), new VerifiedPatch(Sample.Layer("v2", Sample.Two), "key", EnvelopeRefusal.None, ""), null)));

    [Fact]
    public void A_version_that_was_published_with_another_content_is_refused() =>
        Refused("VERSION_DIFFERS", Story.Installed().Apply("c", Sample.Layer("v2", Sample.Two), Sample.Two with { Digest = Sample.One.Digest }));

    [Fact]
    public void A_deadline_shorter_than_the_bake_is_refused() =>
        Refused("DEADLINE_TOO_SHORT", Story.Installed().Apply("c", Sample.Hotfix("fix", "3.0.2"), ask: r => r with { Within = r.Bake }));

    [Fact]
    public void A_component_that_is_not_there_is_refused()
    {
        var patch = Sample.Hotfix("fix", "3.0.2");
        patch = patch with { Swap = patch.Swap! with { Component = "pkg:deb/debian/zlib1g" } };

        Refused("COMPONENT_ABSENT", Story.Installed().Apply("c", patch));
    }

    [Fact]
    public void The_same_request_again_is_the_same_change()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        var before = story.State;

        var reply = story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        Assert.Equal((ChangeAnswerKind.Accepted, "c"), (reply.Kind, reply.Change!.Id));
        Assert.Same(before, story.State);
        Assert.Single(story.Directives);
    }

    [Fact]
    public void One_name_names_one_change()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        Refused("CHANGE_ID_TAKEN", story.Apply("c", Sample.Hotfix("other", "3.0.3")));
        Refused("CHANGE_ID_TAKEN", story.RollBack("c"));
    }

    [Fact]
    public void A_second_change_meanwhile_is_told_who_holds_the_instance()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        var reply = story.Apply("d", Sample.Hotfix("other", "3.0.3"));

        Assert.Equal((ChangeAnswerKind.Busy, "BUSY", "c"), (reply.Kind, reply.Reason, reply.Change!.Id));
        Assert.Contains("'c'", reply.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ChangePhase.Admitted)]
    [InlineData(ChangePhase.Prepared)]
    public void Rolling_back_what_is_not_applied_cancels_it_and_the_device_is_told(ChangePhase phase)
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", phase);

        var reply = story.RollBack("r");

        Assert.Equal((ChangeAnswerKind.Accepted, ChangePhase.Cancelled), (reply.Kind, reply.Change!.Phase));
        Assert.Equal(("c", "r"), (story.Directives.Last().Undoes, story.Directives.Last().Change));
        Assert.Equal("ada", Assert.Single(story.Terminal("c")).Actor);
    }

    [Fact]
    public void A_directive_that_nobody_heard_yet_is_withdrawn_when_its_change_is_cancelled()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        story.RollBack("r");

        Assert.Contains(new Effect.Withdraw("edge-1", "web:c:APPLY"), story.Effects);
    }

    [Fact]
    public void A_cancelled_change_that_the_device_had_begun_lets_go_when_it_is_rolled_back_there()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.RollBack("r");
        story.Told("c", ChangePhase.Applied).Told("r", ChangePhase.RolledBack);

        Assert.Equal(ChangePhase.Cancelled, story.State.Find("c")!.Phase);
        Assert.Null(story.State.Lease);
        Assert.Single(story.Terminal("c"));
    }

    [Fact]
    public void Rolling_back_what_is_applied_rolls_it_back_without_quarantine()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Effective);

        Assert.Equal(ChangePhase.RollingBack, story.RollBack("r").Change!.Phase);
        story.Told("r", ChangePhase.RollingBack).Told("r", ChangePhase.RolledBack).Told("c", ChangePhase.RolledBack);

        Assert.Equal(ChangePhase.RolledBack, story.Phase);
        Assert.DoesNotContain(story.Effects, e => e is Effect.Quarantine);
        Assert.Equal("ada", Assert.Single(story.Terminal("c")).Actor);
    }

    [Fact]
    public void A_rollback_request_again_is_the_same_rollback_even_after_it_ended()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Effective);
        story.RollBack("r");
        story.Told("r", ChangePhase.RolledBack);
        var before = story.State;

        var reply = story.RollBack("r");

        Assert.Equal((ChangeAnswerKind.Accepted, "c"), (reply.Kind, reply.Change!.Id));
        Assert.Same(before, story.State);
    }

    [Fact]
    public void The_last_committed_change_is_taken_back_by_a_change_of_its_own()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Succeed("c");

        var reply = story.RollBack("r");
        Assert.Equal(("r", ChangePhase.RollingBack, "c"), (reply.Change!.Id, reply.Change.Phase, reply.Change.Undoes));
        Assert.Equal(("c", "r"), (story.Directives.Last().Undoes, story.Directives.Last().Change));
        Assert.Empty(story.State.Desired!.Hotfixes);
        Assert.Single(story.State.Anchor!.Hotfixes);

        story.Told("r", ChangePhase.RollingBack).Told("r", ChangePhase.RolledBack);
        Assert.Equal(ChangePhase.RolledBack, story.Phase);
        Assert.Empty(story.State.Anchor!.Hotfixes);
        Assert.Equal(["install"], story.State.RestorePoints.Select(p => p.Change));
        Assert.Single(story.Terminal("r"));
    }

    [Fact]
    public void A_hotfix_stays_in_force_through_a_later_version_and_its_rollback()
    {
        var story = Story.Installed();
        story.Apply("fix", Sample.Hotfix("fix", "3.0.3"));
        story.Succeed("fix");

        story.Apply("up", Sample.Layer("v2", Sample.Two), Sample.Two);
        story.Succeed("up");
        Assert.Equal(("2.0", "fix"), (story.State.Anchor!.Version, Assert.Single(story.State.Anchor.Hotfixes).Patch));

        story.RollBack("r");
        story.Told("r", ChangePhase.RolledBack);
        Assert.Equal(("1.0", "fix"), (story.State.Anchor!.Version, Assert.Single(story.State.Anchor.Hotfixes).Patch));
    }

    [Fact]
    public void Only_the_last_change_can_be_taken_back()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Succeed("c");

        Refused("NOT_THE_LAST_CHANGE", story.RollBack("r", "install"));
    }

    [Fact]
    public void What_is_not_in_force_can_not_be_taken_back()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Answer("c", DirectiveKind.Apply, accepted: false, "NO_SPACE");

        Refused("NOT_IN_FORCE", story.RollBack("r", "c"));
    }

    [Fact]
    public void Without_a_change_there_is_nothing_to_take_back()
    {
        Refused("NOTHING_TO_ROLL_BACK", new Story().RollBack("r"));
        Assert.Equal(ChangeAnswerKind.NotFound, new Story().RollBack("r", "c").Kind);
    }

    [Fact]
    public void The_first_installation_is_taken_back_to_nothing()
    {
        var story = Story.Installed();

        story.RollBack("r");
        story.Told("r", ChangePhase.RolledBack);

        Assert.Null(story.State.Desired);
    }

    [Fact]
    public void A_rollback_comes_before_a_change_that_is_not_applied()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));

        var reply = story.RollBack("r", "install");

        Assert.Equal(ChangeAnswerKind.Accepted, reply.Kind);
        Assert.Equal(ChangePhase.Superseded, story.State.Find("c")!.Phase);
        Assert.Equal("r", story.State.Lease!.Holder);
        Assert.Single(story.Terminal("c"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_rollback_that_overtakes_a_change_is_ordered_only_when_the_device_let_go_of_that(bool begun)
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.RollBack("r", "install");
        Assert.Equal("c", story.Directives.Last().Undoes);

        story.After(TimeSpan.FromMinutes(4));
        if (begun) story.Answer("c", DirectiveKind.RollBack, accepted: true).Told("c-back", ChangePhase.RollingBack);
        Assert.Equal("c", story.Directives.Last().Undoes);
        if (begun) story.Told("c-back", ChangePhase.RolledBack).Told("c", ChangePhase.RolledBack);
        else story.Answer("c", DirectiveKind.RollBack, accepted: false, "NO_RESTORE_POINT");

        Assert.Equal(("web:r:ROLL_BACK", "install"), (story.Directives.Last().Id, story.Directives.Last().Undoes));
        Assert.Single(story.Directives, d => d.Undoes == "install");
        Assert.Equal((ChangePhase.RollingBack, "r", story.Now + story.Options.RollbackWithin), (story.Phase, story.State.Lease!.Holder, story.Last.Deadline));
        story.Told("r", ChangePhase.RolledBack);
        Assert.Equal(ChangePhase.RolledBack, story.Phase);
    }

    [Fact]
    public void A_rollback_of_an_older_change_waits_for_one_that_is_applied()
    {
        var story = Story.Installed();
        story.Apply("c", Sample.Hotfix("fix", "3.0.2"));
        story.Told("c", ChangePhase.Applied);

        Assert.Equal(ChangeAnswerKind.Busy, story.RollBack("r", "install").Kind);
    }

    [Fact]
    public void The_device_may_refuse_to_take_back_a_committed_change_which_then_stays()
    {
        var story = Story.Installed();
        story.RollBack("r");

        story.Answer("r", DirectiveKind.RollBack, accepted: false, "NO_RESTORE_POINT");

        Assert.Equal(ChangePhase.Rejected, story.Phase);
        Assert.NotNull(story.State.Desired);
        Assert.Equal(["install"], story.State.RestorePoints.Select(p => p.Change));
    }

    [Fact]
    public void Five_restore_points_are_kept()
    {
        var story = Story.Installed();
        for (var i = 2; i <= 8; i++)
        {
            var version = i % 2 == 0 ? Sample.Two : Sample.One;
            story.Apply($"c{i}", Sample.Layer($"v{i}", version), version);
            story.Succeed($"c{i}");
        }

        Assert.Equal(["c4", "c5", "c6", "c7", "c8"], story.State.RestorePoints.Select(p => p.Change));
        Assert.Equal(8, story.State.Changes.Length);
    }

    private static void Refused(string reason, Reply reply) => Assert.Equal((ChangeAnswerKind.Refused, reason), (reply.Kind, reply.Reason));
}
