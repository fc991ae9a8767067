namespace Fleet.Simulation;

/// <summary>What the simulation found, as it found it. Each is the shrunk schedule of a seed that broke a law.</summary>
public sealed class PartitionTests
{
    [Fact]
    public void A_due_shard_that_a_partition_left_behind_learns_of_deadlines_that_the_other_wrote() => Holds(
        new(3, 1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(9), [Wish(WishKind.Quarantine, 313.986, "oneway")], [Split(279.891, 55.133)]));

    [Fact]
    public void A_grain_that_a_partition_left_behind_does_not_call_off_a_wake_up() => Holds(
        new(51, 1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), [Wish(WishKind.Apply, 283.964, "to-6.0-silent"), Wish(WishKind.Quarantine, 287.942, "fix-one")], [Split(266.857, 44.2)]));

    [Fact]
    public void A_resource_that_a_partition_left_behind_learns_of_directives_that_the_other_took() => Holds(
        new(54, 1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), [Wish(WishKind.Apply, 283.964, "to-6.0-silent")], [Split(266.857, 44.2)]));

    // The moment decides: the schedule is tried under many interleavings.
    private static void Holds(Plan plan)
    {
        for (var seed = plan.Seed; seed < plan.Seed + 20; seed++)
        {
            var outcome = Run.Of(plan with { Seed = seed }, kept: 40);
            Assert.True(outcome.Broken is null, outcome.Report());
        }
    }

    private static Wish Wish(WishKind kind, double seconds, string patch) => new(kind, TimeSpan.FromSeconds(seconds), "c1", "edge-1", "web", patch, 20);

    private static Fault Split(double seconds, double length) => new(FaultKind.Split, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(length), "", 0.7);
}
