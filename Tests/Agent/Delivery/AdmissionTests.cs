using Fleet.Images;

namespace Fleet.Agent.Delivery;

public class AdmissionTests
{
    private static Simulation Installed()
    {
        var simulation = new Simulation(new FakeDevice());
        simulation.Send(Sample.Apply(simulation.State, "install", Sample.To("1")));
        simulation.Settle();
        return simulation;
    }

    [Fact]
    public void A_repeated_directive_returns_its_first_answer_and_does_nothing()
    {
        var simulation = Installed();
        var fix = Sample.Apply(simulation.State, "fix", Sample.Hotfix());
        var first = simulation.Send(fix);
        simulation.Settle();
        var before = simulation.State;

        Assert.Equal(first, simulation.Send(fix));
        Assert.Same(before, simulation.State);
    }

    [Fact]
    public void A_refused_directive_is_refused_again_when_it_is_repeated_though_it_would_fit_now()
    {
        var simulation = Installed();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        var early = Sample.Apply(simulation.State, "update", Sample.To("2"));
        Assert.Equal("BUSY", simulation.Send(early).Reason);
        simulation.Settle();
        Assert.Equal("BUSY", simulation.Send(early).Reason);
    }

    [Fact]
    public void An_older_generation_does_nothing()
    {
        var simulation = Installed();
        var late = Sample.Apply(simulation.State, "late", Sample.To("2"), generation: simulation.State.Generation);
        Assert.Equal("STALE_GENERATION", simulation.Send(late).Reason);
        Assert.DoesNotContain("late", simulation.Changes);
    }

    [Theory]
    [InlineData(EnvelopeRefusal.SignatureInvalid, "SIGNATURE_INVALID")]
    [InlineData(EnvelopeRefusal.Malformed, "PATCH_MALFORMED")]
    [InlineData(EnvelopeRefusal.KindUnknown, "KIND_UNKNOWN")]
    [InlineData(EnvelopeRefusal.PatchExpired, "PATCH_EXPIRED")]
    public void A_patch_that_is_not_believed_is_refused_with_its_word(EnvelopeRefusal refusal, string word)
    {
        var simulation = Installed();
        var directed = Sample.Apply(simulation.State, "fix", Sample.Hotfix()) with { Verified = new VerifiedPatch(null, "", refusal, "no") };
        Assert.Equal((false, word), (simulation.Send(directed) is var a && a.Accepted, a.Reason));
        Assert.Empty(simulation.State.Manifest!.Hotfixes);
    }

    [Fact]
    public void A_hotfix_that_does_not_fit_is_refused_with_its_word()
    {
        var empty = new Simulation(new FakeDevice());
        Assert.Equal("NOTHING_INSTALLED", empty.Send(Sample.Apply(empty.State, "fix", Sample.Hotfix()) with { Installed = null }).Reason);

        var simulation = Installed();
        string Try(Patch patch) => simulation.Send(Sample.Apply(simulation.State, "fix", patch)).Reason;
        var swap = Sample.Hotfix().Swap!;
        Assert.Equal("COMPONENT_ABSENT", Try(Sample.Hotfix() with { Swap = swap with { Component = "pkg:deb/debian/other" } }));
        Assert.Equal("COMPONENT_VERSION", Try(Sample.Hotfix() with { Swap = swap with { FromVersion = "3.0.1" } }));
        Assert.Equal("ALREADY_IN_FORCE", Try(Sample.Hotfix("3.0.17")));
        Assert.Equal("OTHER_IMAGE", Try(Sample.Hotfix() with { Image = "db" }));
    }

    [Fact]
    public void A_result_that_the_engine_does_not_expect_is_refused()
    {
        var simulation = Installed();
        var directed = Sample.Apply(simulation.State, "fix", Sample.Hotfix());
        var apply = (DirectiveAction.Apply)directed.Directive.Action;
        directed = directed with { Directive = directed.Directive with { Action = apply with { Expected = apply.Expected with { Version = "9" } } } };
        Assert.Equal("EXPECTED_DIFFERS", simulation.Send(directed).Reason);
    }

    [Fact]
    public void Only_the_last_change_can_be_taken_back()
    {
        var simulation = Installed();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();
        simulation.Send(Sample.Apply(simulation.State, "update", Sample.To("2")));
        simulation.Settle();

        Assert.Equal("NOT_THE_LAST_CHANGE", simulation.Send(Sample.RollBack(simulation.State, "back", "fix")).Reason);
        Assert.Equal("NO_RESTORE_POINT", simulation.Send(Sample.RollBack(simulation.State, "back", "never")).Reason);
        foreach (var undoes in (string[])["update", "fix"])
        {
            Assert.True(simulation.Send(Sample.RollBack(simulation.State, "back-" + undoes, undoes)).Accepted);
            simulation.Settle();
        }
        Assert.Equal(("1", 0), (simulation.State.Manifest!.Version, simulation.State.Manifest.Hotfixes.Length));
    }

    [Fact]
    public void A_rollback_asked_for_after_the_agent_did_it_says_so()
    {
        var simulation = new Simulation(new FakeDevice { TraitOf = s => s.Manifest.Hotfixes.IsEmpty ? Trait.Well : Trait.SickUnderTraffic });
        simulation.Send(Sample.Apply(simulation.State, "install", Sample.To("1")));
        simulation.Settle();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();
        Assert.True(simulation.Send(Sample.RollBack(simulation.State, "back", "fix")).Accepted);
        simulation.Settle();
        Assert.Equal("Admitted RolledBack", simulation.Story("back"));
    }

    [Fact]
    public void A_commit_of_what_is_not_verified_is_refused_and_a_repeated_one_is_not()
    {
        var simulation = Installed();
        Assert.True(simulation.Send(Sample.Commit(simulation.State, "install")).Accepted);
        Assert.True(simulation.Send(Sample.Commit(simulation.State, "install")).Accepted);
        Assert.Equal("NOT_VERIFIED", simulation.Send(Sample.Commit(simulation.State, "other")).Reason);
    }
}
