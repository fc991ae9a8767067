namespace Fleet.Analytics.Detection;

/// <summary>Says how new the latest sample of a series is: the equal sum of a new extreme and a new pattern, less what was lately said.</summary>
/// <remarks>
/// Looks at the past alone, knows no range in advance and has no setting per series. A value: copy it, pack it, restore it; the same samples give the same bits.
/// Shift and scale of the series change nothing but rounding; order does. A sample that is not finite changes nothing and scores 0.
/// What each part brings is in docs/decisions/0020-detection.md.
/// </remarks>
public struct Detector
{
    /// <summary>The most that <see cref="Pack"/> writes.</summary>
    public const int MostBytes = 560;

    private const float Fine = .08f;
    private const float Coarse = .12f;

    /// <summary>Until this many samples, new extremes are the rule rather than news; with as many again they count in full but for a half.</summary>
    private const float Unsure = 500;

    private const int Shortest = 100;

    /// <summary>How fast an earlier alarm stops hiding a later one: a half in 34 samples.</summary>
    private const float Rest = .98f;

    private const float Largest = 1e30f;

    private double _origin;
    private long _count;
    private RangeNovelty _range;
    private RecentSamples _recent;
    private PatternNovelty _fine;
    private PatternNovelty _coarse;
    private float _said;

    /// <summary>Has seen nothing.</summary>
    public static Detector Start { get; } = new() { _fine = PatternNovelty.Start(Fine), _coarse = PatternNovelty.Start(Coarse) };

    /// <summary>How many samples it has seen.</summary>
    public readonly long Count => _count;

    /// <summary>Takes in one sample; the score is 0 for nothing new, and at most 2.</summary>
    public readonly Detector Add(double sample, out double score)
    {
        score = 0;
        if (!double.IsFinite(sample)) return this;

        var next = this;
        if (_count == 0) next._origin = sample;
        var value = (float)Math.Clamp(sample - next._origin, -Largest, Largest);
        next._count++;
        next._range = _range.Add(value, out var extreme);
        next._recent = _recent.Add(value);
        var pattern = next.Learn();
        if (next._count > Shortest)
        {
            var news = (extreme + pattern) * next._count / (next._count + Unsure);
            score = Math.Max(0, news - _said * Rest);
            next._said = Math.Max(news, _said * Rest);
        }
        return next;
    }

    private float Learn()
    {
        if (!_recent.Full) return 0;
        var shape = _recent.Shape();
        _fine = _fine.Add(shape, _range.Width, out var fine);
        _coarse = _coarse.Add(shape, _range.Width, out var coarse);
        return (fine + coarse) / 2;
    }

    /// <summary>Writes the state; returns how many bytes.</summary>
    public readonly int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Double(_origin);
        packer.Long(_count);
        packer.Single(_range.Low);
        packer.Single(_range.High);
        packer.Single(_said);
        _recent.Pack(ref packer);
        _fine.Pack(ref packer);
        _coarse.Pack(ref packer);
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static Detector Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        var detector = new Detector { _origin = unpacker.Double(), _count = unpacker.Long() };
        detector._range = new(unpacker.Single(), unpacker.Single(), detector._count > 0);
        detector._said = unpacker.Single();
        detector._recent = RecentSamples.Unpack(ref unpacker);
        detector._fine = PatternNovelty.Unpack(ref unpacker);
        detector._coarse = PatternNovelty.Unpack(ref unpacker);
        return detector;
    }
}
