using Fleet.Images;

namespace Fleet.Agent.Delivery;

public class MachineTests
{
    private static Simulation Installed(string version = "1", Func<Stack, Trait>? traits = null)
    {
        var simulation = new Simulation(new FakeDevice { TraitOf = traits ?? (_ => Trait.Well) });
        Assert.True(simulation.Send(Sample.Apply(simulation.State, "install", Sample.To(version))).Accepted);
        simulation.Settle();
        Assert.True(simulation.Send(Sample.Commit(simulation.State, "install")).Accepted);
        simulation.Settle();
        return simulation;
    }

    private static Trait SickWhenFixed(Stack stack) => stack.Manifest.Hotfixes.IsEmpty ? Trait.Well : Trait.SickUnderTraffic;

    [Fact]
    public void Each_answer_of_the_health_probe_is_counted_and_each_error_also_of_a_service_that_is_well_again()
    {
        var probe = new HealthProbe { Kind = ProbeKind.Http };
        var well = new ProbeAnswer(true, true, "");

        var watch = new Watch().Count(well, probe).Count(new(false, true, "answered with status 500"), probe).Count(well, probe);

        Assert.Equal((Health.Healthy, 3L, 1L), (watch.Health, watch.Probes, watch.Errors));
    }

    [Fact]
    public void A_first_install_goes_through_every_phase()
    {
        var simulation = Installed();

        Assert.Equal("Admitted Prepared Applied Effective Verified Committed", simulation.Story("install"));
        Assert.Equal(("1", 1, 1), (simulation.State.Manifest!.Version, simulation.Device.Routed, simulation.Device.Running.Single()));
    }

    [Fact]
    public void A_hotfix_runs_in_a_new_slot_and_the_old_one_is_gone_before_it_is_effective()
    {
        var simulation = Installed();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle(s => s.Change!.Step == Step.Keep);
        Assert.Equal([1, 2], simulation.Device.Running);

        simulation.Settle();
        Assert.Equal("Admitted Prepared Applied Effective Verified", simulation.Story("fix"));
        Assert.Equal([2], simulation.Device.Slots.Keys);
    }

    [Fact]
    public void A_rollback_is_warm_while_the_old_slot_runs_and_cold_afterwards()
    {
        foreach (var warm in (bool[])[true, false])
        {
            var simulation = Installed();
            simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
            simulation.Settle(s => s.Change!.Step == (warm ? Step.Keep : Step.Wait));
            Assert.True(simulation.Send(Sample.RollBack(simulation.State, "back", "fix")).Accepted);
            simulation.Settle();

            Assert.Equal("Admitted RollingBack RolledBack", simulation.Story("back"));
            Assert.EndsWith("RollingBack RolledBack", simulation.Story("fix"), StringComparison.Ordinal);
            Assert.Equal(warm, simulation.Facts.Last(f => f.Change == "back").RollbackWarm);
            Assert.Equal(warm ? 1 : 3, simulation.Device.Running.Single());
            Assert.Empty(simulation.State.Manifest!.Hotfixes);
            Assert.Equal(0, simulation.Device.Lost);
        }
    }

    [Fact]
    public void A_service_that_answers_with_errors_after_the_switch_is_taken_back_by_the_agent()
    {
        var simulation = Installed(traits: SickWhenFixed);
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();

        Assert.Equal("Admitted Prepared Applied Failed RollingBack RolledBack", simulation.Story("fix"));
        Assert.All(simulation.Facts.Where(f => f.Change == "fix").TakeLast(3), f => Assert.True(f.ByAgent));
        Assert.Equal(("PROBE_FAILED", 1), (simulation.Facts[^1].Reason, simulation.Device.Running.Single()));
    }

    [Theory]
    [InlineData(Trait.DoesNotStart, "START_FAILED")]
    [InlineData(Trait.NeverAnswers, "PROBE_FAILED")]
    internal void A_service_that_does_not_come_up_never_gets_traffic(Trait trait, string reason)
    {
        var simulation = Installed(traits: s => s.Manifest.Hotfixes.IsEmpty ? Trait.Well : trait);
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();

        Assert.Equal("Admitted Prepared Failed RollingBack RolledBack", simulation.Story("fix"));
        Assert.Equal((reason, 1, 1), (simulation.Facts[^1].Reason, simulation.Device.Running.Single(), simulation.Device.Routed));
    }

    [Fact]
    public void A_first_install_that_fails_leaves_nothing()
    {
        var simulation = new Simulation(new FakeDevice { TraitOf = _ => Trait.SickUnderTraffic });
        simulation.Send(Sample.Apply(simulation.State, "install", Sample.To("1")));
        simulation.Settle();

        Assert.Equal(DevicePhase.RolledBack, simulation.LastOf("install"));
        Assert.Equal((0, 0, 0), (simulation.Device.Slots.Count, simulation.Device.Routed, simulation.State.ActiveSlot));
        Assert.Empty(simulation.State.RestorePoints);
    }

    [Fact]
    public void A_change_that_is_taken_back_costs_no_restore_point()
    {
        var simulation = Installed(traits: s => s.Manifest.Version == "bad" ? Trait.SickUnderTraffic : Trait.Well);
        for (var i = 2; i <= InstanceState.KeptRestorePoints + 2; i++)
        {
            simulation.Send(Sample.Apply(simulation.State, $"c{i}", Sample.To($"{i}")));
            simulation.Settle();
            simulation.Send(Sample.Commit(simulation.State, $"c{i}"));
        }
        var before = simulation.State.RestorePoints.Select(p => p.Change).ToArray();
        Assert.Equal(InstanceState.KeptRestorePoints, before.Length);

        simulation.Send(Sample.Apply(simulation.State, "bad", Sample.To("bad")));
        simulation.Settle();
        Assert.Equal(DevicePhase.RolledBack, simulation.LastOf("bad"));
        Assert.Equal(before, simulation.State.RestorePoints.Select(p => p.Change));
    }

    [Fact]
    public void A_rollback_that_fails_twice_is_left_to_people()
    {
        var broken = false;
        var simulation = Installed(traits: s => broken ? Trait.NeverAnswers : Trait.Well);
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();
        broken = true;
        simulation.Send(Sample.RollBack(simulation.State, "back", "fix"));
        simulation.Settle();

        Assert.Equal("Admitted RollingBack NeedsHuman", simulation.Story("back"));
        Assert.Equal(2, simulation.Device.Routed);
    }

    [Fact]
    public void A_hotfix_stays_in_force_through_an_update_and_through_its_rollback()
    {
        var simulation = Installed();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();
        simulation.Send(Sample.Apply(simulation.State, "update", Sample.To("2")));
        simulation.Settle();
        Assert.Equal(("2", "3.0.20"), (simulation.State.Manifest!.Version, simulation.State.Manifest.Hotfixes.Single().ToVersion));
        Assert.Equal(Sample.Layer("ssl-3.0.20"), simulation.State.Active!.Stack.Layers[^1]);
        Assert.Equal(DevicePhase.Committed, simulation.LastOf("fix"));

        simulation.Send(Sample.RollBack(simulation.State, "back", "update"));
        simulation.Settle();
        Assert.Equal(("1", "3.0.20"), (simulation.State.Manifest!.Version, simulation.State.Manifest.Hotfixes.Single().ToVersion));
    }

    [Fact]
    public void One_file_of_a_service_that_can_start_anew_is_replaced_in_place_and_back()
    {
        var simulation = Installed("again");
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix(files: 1)));
        simulation.Settle();
        Assert.Equal("Admitted Prepared Applied Effective Verified", simulation.Story("fix"));
        Assert.Equal((1, 1), (simulation.Device.Running.Single(), simulation.Device.Starts[1]));
        Assert.Equal(Sample.Layer("ssl-3.0.20"), simulation.Device.Slots[1].Stack.Layers[^1]);

        simulation.Send(Sample.RollBack(simulation.State, "back", "fix"));
        simulation.Settle();
        Assert.Equal((DevicePhase.RolledBack, 1), (simulation.LastOf("back"), simulation.Device.Running.Single()));
        Assert.Equal(2, simulation.Device.Slots[1].Stack.Layers.Length);
        Assert.Empty(simulation.State.Manifest!.Hotfixes);
    }

    [Fact]
    public void Where_two_may_not_run_the_old_one_stops_first_and_the_gap_is_told()
    {
        var simulation = Installed("alone");
        simulation.Send(Sample.Apply(simulation.State, "update", Sample.To("alone-2")));
        simulation.Settle();
        Assert.Equal(DevicePhase.Verified, simulation.LastOf("update"));
        Assert.Contains("no traffic for", simulation.Facts.Single(f => f is { Change: "update", Phase: DevicePhase.Applied }).Detail, StringComparison.Ordinal);
        simulation.Send(Sample.RollBack(simulation.State, "back", "update"));
        simulation.Settle();
        Assert.Equal(DevicePhase.RolledBack, simulation.LastOf("back"));
        Assert.False(simulation.Device.Doubled);
    }

    [Fact]
    public void An_irreversible_patch_that_served_is_never_taken_back_by_the_agent()
    {
        var simulation = Installed(traits: SickWhenFixed);
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix() with { Reversible = false }));
        simulation.Settle();
        Assert.Equal("Admitted Prepared Applied Failed NeedsHuman", simulation.Story("fix"));
    }

    [Fact]
    public void A_change_that_can_not_begin_in_time_expires_and_nothing_has_changed()
    {
        var simulation = Installed();
        var before = simulation.State.Manifest;
        simulation.Fails = e => e is Effect.Fetch ? new Happening.Failed("CONTENT_UNAVAILABLE", "the engine is away", false) : null;
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();
        Assert.Equal("Admitted Expired", simulation.Story("fix"));
        Assert.Equal(("CONTENT_UNAVAILABLE", before), (simulation.Facts[^1].Reason, simulation.State.Manifest));
    }

    [Theory]
    [InlineData("Fetch")]
    [InlineData("Unpack")]
    [InlineData("Create")]
    public void A_full_disk_rejects_and_changes_nothing(string at)
    {
        var simulation = Installed();
        var (before, points) = (simulation.State.Manifest, simulation.State.RestorePoints.Length);
        simulation.Fails = e => e.GetType().Name == at ? new Happening.Failed("NO_SPACE", "full", true) : null;
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.Settle();
        Assert.Equal("Admitted Rejected", simulation.Story("fix"));
        Assert.Equal(("NO_SPACE", before, 1, points), (simulation.Facts[^1].Reason, simulation.State.Manifest, simulation.Device.Slots.Count, simulation.State.RestorePoints.Length));
    }

    [Fact]
    public void A_device_that_was_off_runs_what_it_ran()
    {
        var simulation = Installed();
        simulation.Device.Reboot();
        simulation.Restart();
        simulation.Settle();
        Assert.Equal((1, 1), (simulation.Device.Running.Single(), simulation.Device.Routed));
    }

    [Fact]
    public void An_agent_that_is_killed_over_and_over_at_one_step_gives_the_change_up()
    {
        var simulation = Installed();
        simulation.Send(Sample.Apply(simulation.State, "fix", Sample.Hotfix()));
        simulation.DiesAt = _ => simulation.State.Change is { Step: Step.Start } ? Death.Agent : Death.Lives;
        simulation.Settle();
        Assert.Equal((DevicePhase.RolledBack, "RESTARTED_TOO_OFTEN", 1), (simulation.LastOf("fix"), simulation.Facts[^1].Reason, simulation.Device.Running.Single()));
    }
}
