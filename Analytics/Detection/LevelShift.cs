using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Detection;

/// <summary>Tells a lasting rise of a series that is hardly known: how far the median of the latest three dozen samples stands above nearly all before them.</summary>
/// <remarks>
/// For the first day, when extremes and patterns are all new. A sample counts as (sample + amount) / (cohort + amount), with the amount that is worth noticing, so that a doubling of next to nothing is nothing,
/// and a rise that the cohort shares is none. The score is the median of the latest over the 85th percentile of the past, less one; 0 while there is no rise, at most 10.
/// Bounded state: samples are kept as one of 160 levels, each 5 % above the last.
/// </remarks>
public struct LevelShift
{
    /// <summary>How many samples a rise must have lasted for its half to count.</summary>
    public const int Window = 36;

    private const int Least = 72;
    private const int Levels = 160;
    private const int Even = 64;
    private const double Ratio = 1.05;
    private const double Nearly = .85;
    private const double Most = 10;

    private readonly double _amount;
    private Ring _recent;
    private Histogram _before;
    private int _seen;

    private LevelShift(double amount) => _amount = amount;

    /// <summary>Has seen nothing of a series on which this amount is worth noticing: a tenth of its limit, say.</summary>
    public static LevelShift Start(double amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        return new(amount);
    }

    /// <summary>Takes in one sample and what is usual in the cohort now, 0 without one; below nothing counts as nothing, and what isn't finite changes nothing.</summary>
    public readonly LevelShift Add(double sample, double cohort, out double score)
    {
        score = 0;
        if (!double.IsFinite(sample) || !double.IsFinite(cohort)) return this;
        var next = this;
        var place = _seen % Window;
        if (_seen >= Window) next.Remember(_recent[place]);
        next._recent[place] = LevelOf((Math.Max(0, sample) + _amount) / (Math.Max(0, cohort) + _amount));
        next._seen = _seen < int.MaxValue - Window ? _seen + 1 : _seen + 1 - Window;
        if (next._seen >= Window + Least) score = Math.Min(Most, Math.Pow(Ratio, Math.Max(0, next.Median() - next.NearlyHighest())) - 1);
        return next;
    }

    /// <summary>Writes the state; returns how many bytes, 208.</summary>
    public readonly int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Double(_amount);
        packer.Int(_seen);
        for (var i = 0; i < Window; i++) packer.Byte(_recent[i]);
        for (var i = 0; i < Levels; i++) packer.Byte(_before[i]);
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static LevelShift Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        var shift = new LevelShift(unpacker.Double()) { _seen = unpacker.Int() };
        for (var i = 0; i < Window; i++) shift._recent[i] = unpacker.Byte();
        for (var i = 0; i < Levels; i++) shift._before[i] = unpacker.Byte();
        return shift;
    }

    private static byte LevelOf(double ratio) => (byte)Math.Clamp(Even + Math.Log(ratio) / Math.Log(Ratio), 0, Levels - 1);

    /// <summary>A level that can count no further halves all, so the past fades rather than ends.</summary>
    private void Remember(byte level)
    {
        if (_before[level] == byte.MaxValue)
        {
            for (var i = 0; i < Levels; i++) _before[i] /= 2;
        }
        _before[level]++;
    }

    /// <summary>The middle of the latest, in levels; among equals by their rank, so that it isn't coarser than the samples.</summary>
    private readonly double Median()
    {
        Span<byte> sorted = stackalloc byte[Window];
        for (var i = 0; i < Window; i++) sorted[i] = _recent[i];
        sorted.Sort();
        var middle = sorted[Window / 2];
        var (first, last) = (sorted.IndexOf(middle), sorted.LastIndexOf(middle));
        return middle + (Window / 2.0 - first) / (last - first + 1);
    }

    /// <summary>The level that nearly all of the past lies below; within a level by share.</summary>
    private readonly double NearlyHighest()
    {
        var total = 0;
        for (var i = 0; i < Levels; i++) total += _before[i];
        var above = total * (1 - Nearly);
        for (var i = Levels - 1; i > 0; i--)
        {
            if (_before[i] > above) return i + 1 - above / _before[i];
            above -= _before[i];
        }
        return 0;
    }

    [InlineArray(Window)]
    private struct Ring
    {
        private byte _first;
    }

    [InlineArray(Levels)]
    private struct Histogram
    {
        private byte _first;
    }
}
