using Fleet.Analytics.Detection;
using Fleet.Bench.Models;

namespace Fleet.Analytics.Tests;

public sealed class ShiftAndDriftTests
{
    [Fact]
    public void A_load_that_triples_and_stays_is_told_in_the_first_day_and_a_burst_is_not()
    {
        Assert.True(Highest(i => i >= 150 ? 3 : 1) > .8);
        Assert.True(Highest(i => i is >= 150 and < 180 ? 3 : 1) < .3);
    }

    [Fact]
    public void A_leak_is_told_within_five_days_and_noise_is_not()
    {
        Assert.True(BehaviourTrial.LeakDays(3) <= 5);
        Assert.Equal(0, BehaviourTrial.FalseDrifts(3, 60));
    }

    [Fact]
    public void A_weekly_peak_raises_no_alarm_from_the_third_week() => Assert.Equal(0, BehaviourTrial.WeeklyPeakAlarms(5));

    private static double Highest(Func<int, double> factor)
    {
        var (shift, random, highest) = (default(LevelShift), new Random(1), 0.0);
        for (var i = 0; i < 288; i++)
        {
            shift = shift.Add(factor(i) * (10 + Series.Normal(random)), out var score);
            highest = Math.Max(highest, score);
        }
        return highest;
    }
}
