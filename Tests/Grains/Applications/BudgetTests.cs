using Fleet.Applications;
using Fleet.Instances;
using Fleet.Rollouts;
using FsCheck.Xunit;

namespace Fleet.Tests.Applications;

/// <summary>How many may be out of service at once.</summary>
public sealed class BudgetTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;

    [Fact]
    public void Slots_are_given_until_the_budget_is_used_up_and_again_when_they_come_back()
    {
        var state = Set(2);
        (state, var first) = Budget.Take(state, Ask("r1", [1, 2, 3]), [], Noon);
        Assert.Equal(2, first.Length);
        Assert.Empty(Budget.Take(state, Ask("r2", [4]), [], Noon).Granted);

        state = Budget.GiveBack(state, "r1", [first[0]]);
        Assert.Single(Budget.Take(state, Ask("r2", [4]), [], Noon).Granted);
    }

    [Fact]
    public void Who_has_a_slot_keeps_it_and_an_instance_that_is_out_counts_once()
    {
        var (state, _) = Budget.Take(Set(1), Ask("r1", [1]), [], Noon);

        Assert.Single(Budget.Take(state, Ask("r1", [1]), [], Noon).Granted);
        var (taken, granted) = Budget.Take(state, Ask("r2", [1]), [], Noon);
        Assert.Single(granted);
        Assert.Equal("r2", Budget.View(taken, "shop", Noon).Out.Single().Holder);
    }

    [Fact]
    public void A_slot_whose_time_is_over_is_free_again()
    {
        var (state, _) = Budget.Take(Set(1), Ask("r1", [1]), [], Noon);

        Assert.Empty(Budget.Take(state, Ask("r2", [2]), [], Noon.AddMinutes(59)).Granted);
        Assert.Single(Budget.Take(state, Ask("r2", [2]), [], Noon.AddHours(1)).Granted);
    }

    [Fact]
    public void The_more_urgent_of_those_that_were_turned_away_goes_first()
    {
        var (full, _) = Budget.Take(Set(1), Ask("r0", [1]), [], Noon);
        var urgent = Ask("hot", [2]) with { Lane = Lane.Emergency };
        var away = Budget.Remember([], urgent, 0, Noon);
        var free = Budget.GiveBack(full, "r0", [Id(1)]);

        Assert.Empty(Budget.Take(free, Ask("r1", [3]), away, Noon.AddSeconds(5)).Granted);
        Assert.Single(Budget.Take(free, urgent, away, Noon.AddSeconds(5)).Granted);
        Assert.Single(Budget.Take(free, Ask("r1", [3]), away, Noon.AddSeconds(16)).Granted);
    }

    [Fact]
    public void Without_a_budget_everybody_gets_a_slot()
    {
        Assert.Equal(3, Budget.Take(new(), Ask("r1", [1, 2, 3]), [], Noon).Granted.Length);
    }

    [Property(MaxTest = 1000)]
    public void No_history_has_more_out_than_the_budget_allows(byte[] script)
    {
        var state = Set(3);
        ImmutableArray<TurnedAway> away = [];
        var now = Noon;
        foreach (var op in script)
        {
            var holder = $"r{op % 3}";
            if (op % 4 == 0) state = Budget.GiveBack(state, holder, [Id(op % 11)]);
            else
            {
                var request = Ask(holder, [op % 11, (op / 3) % 11], now);
                (state, var granted) = Budget.Take(state, request, away, now);
                away = Budget.Remember(away, request, granted.Length, now);
            }
            now += TimeSpan.FromMinutes(op % 7);
            Assert.True(Budget.View(state, "shop", now).Out.Length <= 3);
        }
    }

    private static ApplicationState Set(int most) => Budget.Set(new(), "shop", most, "ada", "", Noon).State;

    private static SlotRequest Ask(string holder, int[] instances, DateTimeOffset? now = null) =>
        new(holder, Lane.Ordinary, 0, [.. instances.Select(Id)], (now ?? Noon).AddHours(1));

    private static InstanceId Id(int number) => new($"edge-{number}", "web");
}
