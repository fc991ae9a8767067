using Fleet.Bench.Models;

namespace Fleet.Analytics.Tests;

public sealed class DriftTests
{
    [Fact]
    public void A_leak_is_told_within_five_days_and_noise_is_not()
    {
        Assert.True(BehaviourTrial.LeakDays(3) <= 5);
        Assert.Equal(0, BehaviourTrial.FalseDrifts(3, 60));
    }

    [Fact]
    public void A_weekly_peak_raises_no_alarm_from_the_third_week() => Assert.Equal(0, BehaviourTrial.WeeklyPeakAlarms(5));
}
