using Fleet.Analytics.Detection;
using Fleet.Bench;
using Fleet.Bench.Models;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class AlarmTests
{
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_load_that_triples_and_stays_is_told_in_the_first_day_and_a_burst_is_not()
    {
        Assert.True(Highest(i => i >= 150 ? 3 : 1, _ => 0) > .5);
        Assert.True(Highest(i => i is >= 150 and < 165 ? 3 : 1, _ => 0) < .1);
    }

    [Fact]
    public void A_rise_that_the_cohort_shares_is_none()
    {
        Assert.True(Highest(i => i >= 150 ? 3 : 1, i => i >= 150 ? 30 : 10) < .1);
        Assert.True(Highest(i => i >= 150 ? 3 : 1, _ => 10) > .5);
    }

    [Fact]
    public void A_rise_of_next_to_nothing_is_none() => Assert.True(Highest(i => i >= 150 ? .03 : .01, _ => 0) < .1);

    [Property(MaxTest = 40)]
    public void No_series_has_more_alarms_than_its_budget_allows(double[] scores, byte perWeek)
    {
        double[] bounded = [.. scores.Append(double.NaN).Append(2).Select(s => Math.Abs(s % 2))];
        var (budget, alarms, weeks) = (AlarmBudget.Start(.2, 1 + perWeek % 5), 0, 8);
        for (var hour = 0; hour < weeks * 168; hour++)
        {
            budget = budget.Add(Monday.AddHours(hour), bounded[hour % bounded.Length], out var alarm);
            if (alarm) alarms++;
        }
        // From .2 to 2 are six raises by half.
        Assert.True(alarms <= budget.PerWeek * weeks + 1 + 6, $"{alarms} alarms");
    }

    [Fact]
    public void A_busy_series_spends_its_budget_and_a_calm_one_is_not_made_to_alarm()
    {
        Assert.InRange(Alarms(h => h % 7 == 0 ? 1 + .5 * (h % 13) / 13 : 0), 3, 20);
        Assert.Equal(0, Alarms(h => .1));
    }

    [Fact]
    public void What_was_called_false_is_not_told_again_and_what_was_missed_is()
    {
        var budget = AlarmBudget.Start(.5, 1).Add(Monday, .6, out var first);
        var taught = budget.FalseAlarm(.6);
        taught.Add(Monday.AddDays(30), .6, out var again);
        taught.Add(Monday.AddDays(30), .9, out var worse);
        AlarmBudget.Start(.5, 1).Missed(.3).Add(Monday, .3, out var found);

        Assert.Equal((true, false, true, true), (first, again, worse, found));
    }

    [Fact]
    public void Calibration_leaves_the_budget_of_days_above_and_says_when_days_are_too_few()
    {
        double[] peaks = [.. Enumerable.Range(0, 10_000).Select(i => (double)i)];

        Assert.InRange(peaks.Count(p => p > AlarmBudget.Calibrate(peaks, .07)), 80, 100);
        Assert.Equal(double.PositiveInfinity, AlarmBudget.Calibrate([1, 2, 3], 1));
    }

    [Fact]
    public void Machines_seen_for_the_first_day_are_alarmed_on_within_the_budget()
    {
        var path = Areas.FindData("fleet/planetlab_shared.npz");
        Assert.SkipWhen(path is null, "the public data isn't beside the repository");
        Assert.All(DetectionArea.ColdStart(path!).Where(r => r.Goal is not null), r => Assert.True(r.Met, $"{r.Name}: {r.Value:F3}"));
    }

    private static int Alarms(Func<int, double> score)
    {
        var (budget, alarms) = (AlarmBudget.Start(.2, 1), 0);
        for (var hour = 0; hour < 8 * 168; hour++)
        {
            budget = budget.Add(Monday.AddHours(hour), score(hour), out var alarm);
            if (alarm) alarms++;
        }
        return alarms;
    }

    private static double Highest(Func<int, double> factor, Func<int, double> cohort)
    {
        var (shift, random, highest) = (LevelShift.Start(10), new Random(1), 0.0);
        for (var i = 0; i < 288; i++)
        {
            shift = shift.Add(factor(i) * (10 + Series.Normal(random)), cohort(i), out var score);
            highest = Math.Max(highest, score);
        }
        return highest;
    }
}
