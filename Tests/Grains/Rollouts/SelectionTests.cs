using Fleet.Images;
using Fleet.Instances;
using Fleet.Rollouts;
using Fleet.Roster;

namespace Fleet.Tests.Rollouts;

/// <summary>Which instances are meant, and why.</summary>
public sealed class SelectionTests
{
    private static readonly Manifest One = new() { Image = "web", Version = "1.0", ImageDigest = Sample.One.Digest };
    private static readonly Manifest Fixed = One with { Hotfixes = [new("fix", Sample.Libssl, "3.0.1", "3.0.2", Digest.Of("x"u8.ToArray()).ToString())] };

    [Fact]
    public void An_instance_of_the_image_is_meant_when_nothing_else_is_asked_for() => In("runs 1.0", new());

    [Fact]
    public void Each_part_of_a_selector_leaves_out_with_its_own_reason()
    {
        Out("excepted by name", new() { Except = ["edge-1/web"] });
        Out("not among the named instances", new() { Instances = ["edge-2/web"] });
        Out("runs version 1.0, not 2.0 or 3.0", new() { Versions = ["2.0", "3.0"] });
        Out("has no label ring", new() { Labels = Labels.Of([new("ring", "vip")]) });
        Out("label app is shop, not blog", new() { Labels = Labels.Of([new("app", "blog")]) });
        Out("has no component pkg:deb/debian/curl", new() { Component = "pkg:deb/debian/curl" });
        Out("pkg:deb/debian/libssl3 is 3.0.1, not 3.0.9", new() { Component = "pkg:deb/debian/libssl3@3.0.9" });
    }

    [Fact]
    public void Each_part_that_fits_is_named_in_the_reason()
    {
        In("runs 1.0 with pkg:deb/debian/libssl3@3.0.1, app=shop", new()
        {
            Instances = ["edge-1/web"],
            Versions = ["1.0"],
            Labels = Labels.Of([new("app", "shop")]),
            Component = "pkg:deb/debian/libssl3@3.0.1",
        });
    }

    [Fact]
    public void A_hotfix_in_force_says_which_version_of_a_component_is_there()
    {
        Assert.Equal("pkg:deb/debian/libssl3 is 3.0.2, not 3.0.1", Look(Fixed, new() { Component = "pkg:deb/debian/libssl3@3.0.1" }).Reason);
    }

    [Fact]
    public void Who_has_the_patch_already_is_left_out() => Assert.StartsWith("ALREADY_IN_FORCE", Look(Fixed, new()).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_selector_that_fits_nobody_is_refused_and_says_why_for_one_of_them()
    {
        var plan = Plan(new() { Versions = ["9.9"] }, [Entry(One)]).Plan;

        Assert.Equal("NO_TARGETS", plan.Refusal);
        Assert.Equal("the selector fits none of the 1 instances that were looked at; edge-1/web: runs version 1.0, not 9.9", plan.RefusalDetail);
        Assert.Equal("no instance runs image 'web'", Plan(new(), []).Plan.RefusalDetail);
    }

    [Fact]
    public void An_instance_that_is_named_but_not_there_is_shown_as_left_out()
    {
        var plan = Plan(new() { Instances = ["edge-1/web", "edge-9/web"] }, [Entry(One)]).Plan;

        Assert.Equal(("edge-9/web", TargetState.LeftOut), (plan.Targets[1].Instance.ToString(), plan.Targets[1].State));
    }

    [Fact]
    public void A_canary_is_one_that_is_well_when_there_is_one()
    {
        ImmutableArray<RosterEntry> entries = [.. Enumerable.Range(1, 9).Select(i => Entry(One) with { Id = new($"edge-{i}", "web") })];
        var first = Plan(new(), entries).Targets[0].Target.Instance;
        var well = entries.First(e => !e.Id.Equals(first)).Id;

        Assert.Equal(well, Plan(new(), entries, [well]).Targets[0].Target.Instance);
    }

    private static void In(string reason, Selector selector)
    {
        var looked = Look(One, selector);
        Assert.Equal((true, reason), (looked.Meant, looked.Reason));
    }

    private static void Out(string reason, Selector selector)
    {
        var looked = Look(One, selector);
        Assert.Equal((false, reason), (looked.Meant, looked.Reason));
    }

    private static Looked Look(Manifest runs, Selector selector)
    {
        var patch = Sample.Hotfix("fix", "3.0.2");
        return Selection.Look(Entry(runs), new(
            Spec(selector), Sample.View(patch), new(patch, "key", EnvelopeRefusal.None, ""),
            ImmutableDictionary<string, ImageVersionFacts>.Empty.Add("1.0", Sample.One)));
    }

    private static Planned Plan(Selector selector, ImmutableArray<RosterEntry> entries, ImmutableHashSet<InstanceId>? online = null)
    {
        var patch = Sample.Hotfix("fix", "3.0.2");
        return Planning.Plan("r", Spec(selector), Sample.View(patch), new(patch, "key", EnvelopeRefusal.None, ""), [Sample.One, Sample.Two], entries, online ?? []);
    }

    private static RosterEntry Entry(Manifest runs) => new() { Id = new("edge-1", "web"), Version = 1, Manifest = runs, Labels = Labels.Of([new("app", "shop")]) };

    private static RolloutSpec Spec(Selector selector) => new() { Image = "web", Patch = "fix", Selector = selector };
}
