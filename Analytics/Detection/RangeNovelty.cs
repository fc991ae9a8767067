namespace Fleet.Analytics.Detection;

/// <summary>How far a sample lies outside everything seen before, in units of that range.</summary>
/// <remarks>
/// A record: the next sample of the same size is no news, so one excursion is told once. Shift and scale of the series change nothing.
/// Not a number is ignored and scores 0; the first departure from a constant scores 1.
/// </remarks>
public readonly record struct RangeNovelty(float Low, float High, bool Started)
{
    /// <summary>The width of what was seen; 0 for a constant.</summary>
    public float Width => High - Low;

    /// <summary>Takes in one sample; the score is in 0..1.</summary>
    public RangeNovelty Add(float sample, out float score)
    {
        score = 0;
        if (!float.IsFinite(sample)) return this;
        if (!Started) return new(sample, sample, true);

        var beyond = Math.Max(sample - High, Low - sample);
        if (beyond <= 0) return this;
        score = Width > 0 ? Math.Min(1, beyond / Width) : 1;
        return this with { Low = Math.Min(Low, sample), High = Math.Max(High, sample) };
    }
}
