using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Detection;

/// <summary>How unlike all known patterns the present one is. Keeps a bounded set of patterns that covers what was seen, and grows coarser when it doesn't suffice.</summary>
/// <remarks>
/// A cover by leaders (Hartigan 1975, 3.2) whose radius grows like that of Charikar et al., "Incremental clustering and dynamic information retrieval", STOC 1997:
/// a smooth series ends with fine patterns and a noisy one with coarse ones, without a setting for either.
/// Patterns are kept in units of a power of two above the series' range, so that a wider range rescales them without rounding.
/// </remarks>
public struct PatternNovelty
{
    private const int Capacity = 32;
    private const float Growth = 1.1f;
    private const float Learning = .05f;

    private Leaders _known;
    private byte _count;
    private float _radius;
    private float _unit;

    /// <summary>Knows nothing yet; patterns closer than the radius, as a share of the range, are one.</summary>
    public static PatternNovelty Start(float radius) => new() { _radius = radius };

    /// <summary>Takes in one pattern of a series with this range; the score is in 0..1.</summary>
    public readonly PatternNovelty Add(Pattern seen, float range, out float score)
    {
        score = 0;
        if (range <= 0 || !float.IsFinite(range)) return this;

        var next = this;
        next.Fit(range);
        var here = seen.Times(1 / next._unit).Rounded;
        var (nearest, distance) = next.Nearest(here);
        var radius = next._radius * range / next._unit;
        if (nearest >= 0 && distance <= radius)
        {
            next._known[nearest] = next._known[nearest].Towards(here, Learning).Rounded;
            return next;
        }
        if (nearest >= 0) score = Math.Min(1, (distance - radius) * next._unit / range);
        if (next._count == Capacity) next.Coarsen(range);
        next._known[next._count++] = here;
        return next;
    }

    /// <summary>Grows the unit with the range.</summary>
    private void Fit(float range)
    {
        if (_unit >= range) return;
        var unit = MathF.ScaleB(1, Math.Max(MathF.ILogB(range) + 1, -100));
        for (var i = 0; i < _count; i++) _known[i] = _known[i].Times(_unit / unit).Rounded;
        _unit = unit;
    }

    private readonly (int Nearest, float Distance) Nearest(Pattern here)
    {
        var (nearest, distance) = (-1, float.PositiveInfinity);
        for (var i = 0; i < _count; i++)
        {
            var d = _known[i].Distance(here);
            if (d < distance) (nearest, distance) = (i, d);
        }
        return (nearest, distance);
    }

    /// <summary>Widens the radius until at least two patterns are one; the older stays.</summary>
    private void Coarsen(float range)
    {
        while (_count == Capacity)
        {
            _radius *= Growth;
            var radius = _radius * range / _unit;
            for (var i = 0; i < _count; i++)
            {
                var kept = i + 1;
                for (var j = i + 1; j < _count; j++)
                {
                    if (_known[i].Distance(_known[j]) > radius) _known[kept++] = _known[j];
                }
                _count = (byte)kept;
            }
        }
    }

    internal readonly void Pack(ref Packer to)
    {
        to.Byte(_count);
        to.Single(_radius);
        to.Single(_unit);
        for (var i = 0; i < _count; i++)
        {
            to.Half(_known[i].Low);
            to.Half(_known[i].High);
            to.Half(_known[i].Newer);
        }
    }

    internal static PatternNovelty Unpack(ref Unpacker from)
    {
        var novelty = new PatternNovelty { _count = Math.Min(from.Byte(), (byte)Capacity), _radius = from.Single(), _unit = from.Single() };
        for (var i = 0; i < novelty._count; i++) novelty._known[i] = new(from.Half(), from.Half(), from.Half());
        return novelty;
    }

    [InlineArray(Capacity)]
    private struct Leaders
    {
        private Pattern _first;
    }
}
