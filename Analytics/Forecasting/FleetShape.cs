namespace Fleet.Analytics.Forecasting;

/// <summary>How a day of machines of one kind runs: for each half-hour how far it is from the level, in spreads. What a newcomer's first days are expected to look like.</summary>
public sealed class FleetShape
{
    private readonly float[] _offsets;

    private FleetShape(float[] offsets) => _offsets = offsets;

    /// <summary>The median of what the members of the kind that are warm have learned; null where there is none. Their clocks must have started at the same time of day as the newcomer's.</summary>
    public static FleetShape? Of(IEnumerable<Forecaster> members)
    {
        float[][] shapes = [.. members.Where(m => m.Warm).Select(m => m.Shape())];
        return shapes.Length == 0 ? null : new([.. Enumerable.Range(0, Forecaster.Slots).Select(slot => Median([.. shapes.Select(s => s[slot])]))]);
    }

    internal float this[long slot] => _offsets[slot % Forecaster.Slots];

    private static float Median(float[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
