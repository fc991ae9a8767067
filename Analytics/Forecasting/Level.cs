namespace Fleet.Analytics.Forecasting;

/// <summary>Where a series is: its last value, a running median of some hours with its spread, and one of some days.</summary>
/// <remarks>Running medians by stochastic approximation (Robbins and Monro 1951): a step up or down of a share of the spread.</remarks>
internal readonly record struct Level(bool Started, float Last, float Short, float ShortSpread, float Long, float Spread)
{
    private const float ShortStep = .9f;
    private const float ShortSpreadStep = .3f;

    /// <summary>Takes in one value; the slot says how many samples make half an hour, the day how many make a day.</summary>
    public Level Add(float value, int slot, int day)
    {
        if (!Started) return new(true, value, value, 0, value, 0);
        return new(
            true,
            value,
            Short + ShortStep / slot * ShortSpread * Math.Sign(value - Short),
            ShortSpread + ShortSpreadStep / slot * (Math.Abs(value - Short) - ShortSpread),
            Long + 2f / day * Spread * Math.Sign(value - Long),
            Spread + 4f / day * (Math.Abs(value - Long) - Spread));
    }

    public Level Moved(float shift, float factor) =>
        new(Started, (Last - shift) * factor, (Short - shift) * factor, ShortSpread * factor, (Long - shift) * factor, Spread * factor);
}
