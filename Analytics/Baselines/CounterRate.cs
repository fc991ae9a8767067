namespace Fleet.Analytics.Baselines;

/// <summary>A counter that only grows, as a rate: a fall is a restart and starts anew rather than counting backwards.</summary>
public readonly record struct CounterRate(DateTimeOffset Time, double Count)
{
    /// <summary>The rate a second since the last reading; null at the first, after a restart, or when the time didn't advance.</summary>
    public CounterRate Add(DateTimeOffset time, double count, out double? rate)
    {
        rate = null;
        if (!double.IsFinite(count) || time <= Time) return this;
        if (Time != default && count >= Count) rate = (count - Count) / (time - Time).TotalSeconds;
        return new(time, count);
    }
}
