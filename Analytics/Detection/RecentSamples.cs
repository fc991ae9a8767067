using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Detection;

/// <summary>The last two dozen samples, and the shape they make.</summary>
public struct RecentSamples
{
    /// <summary>How many samples make a pattern.</summary>
    public const int Length = 24;

    private Ring _samples;
    private int _seen;

    /// <summary>Whether the window has filled.</summary>
    public readonly bool Full => _seen >= Length;

    /// <summary>Takes in one sample in the place of the oldest.</summary>
    public readonly RecentSamples Add(float sample)
    {
        var next = this;
        next._samples[_seen % Length] = sample;
        next._seen = _seen + 1 < 2 * Length ? _seen + 1 : Length;
        return next;
    }

    /// <summary>The lowest and the highest of the window, and the mean of its newer half.</summary>
    public readonly Pattern Shape()
    {
        var (low, high, newer) = (float.PositiveInfinity, float.NegativeInfinity, 0f);
        for (var i = 0; i < Length; i++)
        {
            var sample = _samples[i];
            low = Math.Min(low, sample);
            high = Math.Max(high, sample);
        }
        for (var age = 1; age <= Length / 2; age++) newer += _samples[(_seen + Length - age) % Length];
        return new(low, high, newer / (Length / 2));
    }

    internal readonly void Pack(ref Packer to)
    {
        to.Byte((byte)_seen);
        for (var i = 0; i < Length; i++) to.Single(_samples[i]);
    }

    internal static RecentSamples Unpack(ref Unpacker from)
    {
        var recent = new RecentSamples { _seen = from.Byte() };
        for (var i = 0; i < Length; i++) recent._samples[i] = from.Single();
        return recent;
    }

    [InlineArray(Length)]
    private struct Ring
    {
        private float _first;
    }
}

/// <summary>What two dozen samples look like: their extremes and the level of the newer half.</summary>
public readonly record struct Pattern(float Low, float High, float Newer)
{
    /// <summary>The largest difference in any of the three.</summary>
    public float Distance(Pattern other) => Math.Max(Math.Max(Math.Abs(Low - other.Low), Math.Abs(High - other.High)), Math.Abs(Newer - other.Newer));

    internal Pattern Times(float factor) => new(Low * factor, High * factor, Newer * factor);

    internal Pattern Towards(Pattern other, float step) => new(Step(Low, other.Low, step), Step(High, other.High, step), Step(Newer, other.Newer, step));

    /// <summary>Rounded to what sixteen bits hold, so that a packed state restores to the same answers.</summary>
    internal Pattern Rounded => new((float)(Half)Low, (float)(Half)High, (float)(Half)Newer);

    private static float Step(float from, float to, float step) => from + step * (to - from);
}
