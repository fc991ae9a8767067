using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Forecasting;

/// <summary>One opinion for each expert, not a number where it has none.</summary>
[InlineArray(Count)]
internal struct Opinions
{
    public const int Count = 7;

    /// <summary>The last value stays.</summary>
    public const int Last = 0;

    /// <summary>The median of the last hours stays.</summary>
    public const int Short = 1;

    /// <summary>The median of the last days.</summary>
    public const int Long = 2;

    /// <summary>The median of this half-hour of the day.</summary>
    public const int Usual = 3;

    /// <summary>The median of the three medians.</summary>
    public const int Middle = 4;

    /// <summary>The same half-hour yesterday: the seasonal-naive forecast.</summary>
    public const int Yesterday = 5;

    /// <summary>The day's shape of other machines of the kind, until the own is known.</summary>
    public const int Fleet = 6;

    private const int Sharpness = 3;

    private float _first;

    /// <summary>The opinions in one: their median, weighted by an inverse power of each expert's error.</summary>
    /// <remarks>A median rather than a mean: one expert that repeats yesterday's burst is outvoted instead of averaged in.</remarks>
    public readonly float Weigh(in Opinions errors)
    {
        var least = float.PositiveInfinity;
        for (var i = 0; i < Count; i++)
        {
            if (!float.IsNaN(this[i])) least = Math.Min(least, errors[i]);
        }
        Span<(float Opinion, float Weight)> sorted = stackalloc (float, float)[Count];
        var (known, sum) = (0, 0f);
        for (var i = 0; i < Count; i++)
        {
            if (float.IsNaN(this[i])) continue;
            var ratio = least > 0 ? least / errors[i] : errors[i] > 0 ? 0 : 1;
            var weight = ratio;
            for (var power = 1; power < Sharpness; power++) weight *= ratio;
            var place = known++;
            for (; place > 0 && sorted[place - 1].Opinion > this[i]; place--) sorted[place] = sorted[place - 1];
            sorted[place] = (this[i], weight);
            sum += weight;
        }
        var below = 0f;
        for (var i = 0; i < known; i++)
        {
            below += sorted[i].Weight;
            if (below >= sum / 2) return sorted[i].Opinion;
        }
        return known > 0 ? sorted[known - 1].Opinion : 0;
    }

    /// <summary>The middle one; the first where the third isn't known.</summary>
    public static float Median(float a, float b, float c) => float.IsNaN(c) ? a : Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
