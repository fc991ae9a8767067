namespace Fleet.Analytics.Forecasting;

/// <summary>Where a series is: its last value, a fast and a slow mean, and a long running median.</summary>
internal readonly record struct Level(bool Started, float Last, float Fast, float Slow, float Median, float Spread)
{
    public Level Add(float value, float fast, float slow, float longest)
    {
        if (!Started) return new(true, value, value, value, value, 0);
        var spread = Spread + slow * (Math.Abs(value - Slow) - Spread);
        return new(true, value, Fast + fast * (value - Fast), Slow + slow * (value - Slow), Median + 2 * longest * spread * Math.Sign(value - Median), spread);
    }
}
