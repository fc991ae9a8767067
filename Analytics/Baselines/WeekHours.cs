using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Baselines;

/// <summary>How each hour of the week differs from the hour of the day: one byte each, a sign and a logarithm to eight steps an octave, and how often it was seen.</summary>
internal struct WeekHours
{
    /// <summary>The hours of a week.</summary>
    public const int Count = 168;

    private const float StepsOfOctave = 8;
    private const int Most = 3;

    /// <summary>The unit may differ from the spread by this before all is written anew.</summary>
    private const float Loose = 16;

    private Codes _off;
    private Quarters _visits;

    /// <summary>A power of two near the spread; 0 until there is one.</summary>
    public float Unit { readonly get; private set; }

    /// <summary>How often the hour was seen, 3 for more.</summary>
    public readonly int Visits(int hour) => _visits[hour / 4] >> hour % 4 * 2 & Most;

    /// <summary>How far it is from the hour of the day.</summary>
    public readonly float Off(int hour) => Math.Sign(_off[hour]) * Unit * (MathF.Pow(2, Math.Abs((int)_off[hour]) / StepsOfOctave) - 1);

    /// <summary>Learns how far it was this time.</summary>
    public void Learn(int hour, float off, int memory, float spread)
    {
        Fit(spread);
        var visits = Visits(hour);
        var step = 1f / Math.Min(visits + 1, memory);
        _off[hour] = Code(Off(hour) + step * (off - Off(hour)));
        var place = hour % 4 * 2;
        _visits[hour / 4] = (byte)(_visits[hour / 4] & ~(Most << place) | Math.Min(visits + 1, Most) << place);
    }

    private void Fit(float spread)
    {
        if (spread <= 0 || (Unit > 0 && spread < Unit * Loose && spread > Unit / Loose)) return;
        var before = this;
        Unit = MathF.ScaleB(1, Math.Max(MathF.ILogB(spread), -100));
        for (var hour = 0; hour < Count; hour++) _off[hour] = Code(before.Off(hour));
    }

    private readonly sbyte Code(float off) => Unit == 0 ? (sbyte)0 : (sbyte)(Math.Sign(off) * Math.Min(sbyte.MaxValue, MathF.Round(StepsOfOctave * MathF.Log2(1 + Math.Abs(off) / Unit))));

    public readonly void Pack(ref Packer to)
    {
        to.Single(Unit);
        for (var hour = 0; hour < Count; hour++) to.Byte((byte)_off[hour]);
        for (var four = 0; four < Count / 4; four++) to.Byte(_visits[four]);
    }

    public static WeekHours Unpack(ref Unpacker from)
    {
        var week = new WeekHours { Unit = from.Single() };
        for (var hour = 0; hour < Count; hour++) week._off[hour] = (sbyte)from.Byte();
        for (var four = 0; four < Count / 4; four++) week._visits[four] = from.Byte();
        return week;
    }

    [InlineArray(Count)]
    private struct Codes
    {
        private sbyte _first;
    }

    [InlineArray(Count / 4)]
    private struct Quarters
    {
        private byte _first;
    }
}
