using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Forecasting;

/// <summary>Forecasts one series up to a day ahead: a mix of tiny experts, weighted for each horizon by what they got wrong so far, with intervals that learn their width from their own misses.</summary>
/// <remarks>
/// Weights by discounted past error: Vovk, "Aggregating strategies", COLT 1990, in the form of inverse powers.
/// Intervals: Gibbs and Candès, "Adaptive conformal inference under distribution shift", NeurIPS 2021, as a running quantile of the residuals for each side.
/// The day is cut into 48 slots; at the start of some slots what each expert says of a later one is written down, and judged when it comes.
/// A value of fixed size. A sample that is not finite moves the clock and teaches nothing. Which experts, and what was left out, is in docs/decisions/0021-forecast.md.
/// </remarks>
public partial struct Forecaster
{
    private const int Slots = 48;
    private const int Hours = 24;
    private const float FastStep = .25f;
    private const float ProfileStep = .08f;
    private const float ErrorStep = .03f;
    private const double Largest = 1e30;

    private double _origin;
    private long _clock;
    private int _slotLength;
    private Level _level;
    private Day _yesterday;
    private Profile _profile;
    private float _sum;
    private ushort _inSlot;
    private Bands _bands;

    /// <summary>Has seen nothing of a series with this many samples a day, at least 48.</summary>
    public static Forecaster Start(int samplesPerDay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samplesPerDay, Slots);
        var start = new Forecaster { _slotLength = samplesPerDay / Slots };
        for (var slot = 0; slot < Slots; slot++) start._yesterday[slot] = float.NaN;
        for (var hour = 0; hour < Hours; hour++) start._profile[hour] = float.NaN;
        for (var band = 0; band < Bands.Count; band++) start._bands[band] = Band.Start;
        return start;
    }

    /// <summary>Whether it has seen a day, and so can be believed.</summary>
    public readonly bool Warm => _clock >= 2L * Slots * _slotLength;

    /// <summary>Takes in the next sample.</summary>
    public readonly Forecaster Add(double sample)
    {
        var next = this;
        if (double.IsFinite(sample))
        {
            if (!_level.Started) next._origin = sample;
            var value = (float)Math.Clamp(sample - next._origin, -Largest, Largest);
            next._level = _level.Add(value, FastStep, 4f / (Slots * _slotLength), 1f / (Slots * _slotLength));
            next._sum += value;
            next._inSlot++;
            for (var band = 0; band < Bands.Count; band++) next._bands[band] = next._bands[band].Meet(value);
        }
        next._clock++;
        if (next._clock % _slotLength == 0) next.CloseSlot();
        return next;
    }

    /// <summary>What to expect this many samples from now.</summary>
    public readonly Forecast Ahead(int samples)
    {
        samples = Math.Clamp(samples, 1, Slots * _slotLength);
        if (!_level.Started) return default;

        var target = (_clock + samples - 1) / _slotLength;
        var slots = (float)samples / _slotLength;
        var experts = Experts(target);
        var (lower, share) = Bands.Between(slots);
        var (near, far) = (_bands[lower], _bands[Math.Min(lower + 1, Bands.Count - 1)]);
        var middle = Mix(near.Weigh(experts), far.Weigh(experts), share);
        return new(_origin + middle, _origin + middle + Mix(near.Below, far.Below, share), _origin + middle + Mix(near.Above, far.Above, share));
    }

    private static float Mix(float near, float far, float share) => near + share * (far - near);

    private void CloseSlot()
    {
        var slot = _clock / _slotLength - 1;
        if (_inSlot > 0)
        {
            var mean = _sum / _inSlot;
            var known = SlowExperts(slot);
            for (var band = 0; band < Bands.Count; band++) _bands[band] = _bands[band].Judge(mean, known, ErrorStep);
            _yesterday[(int)(slot % Slots)] = mean;
            var hour = (int)(slot % Slots * Hours / Slots);
            _profile[hour] = float.IsNaN(_profile[hour]) ? mean : _profile[hour] + ProfileStep * Math.Clamp(mean - _profile[hour], -2 * _level.Spread, 2 * _level.Spread);
        }
        (_sum, _inSlot) = (0, 0);
        for (var band = 0; band < Bands.Count; band++)
        {
            var ahead = Bands.Ahead(band);
            _bands[band] = _bands[band].Promise(slot + 1, ahead, Experts(slot + ahead));
        }
    }

    /// <summary>What each expert says of a slot.</summary>
    private readonly Opinions Experts(long slot)
    {
        var opinions = SlowExperts(slot);
        var now = Yesterday((_clock - 1) / _slotLength);
        opinions[0] = _level.Last;
        opinions[1] = _level.Fast;
        opinions[2] = _level.Slow;
        opinions[3] = opinions[4] + .5f * (_level.Fast - now);
        return opinions;
    }

    /// <summary>The experts whose opinion of a slot hardly changes until it comes: the same time yesterday, the mean of the hour, the long median.</summary>
    private readonly Opinions SlowExperts(long slot)
    {
        var opinions = new Opinions();
        var profile = _profile[(int)(slot % Slots * Hours / Slots)];
        opinions[4] = Yesterday(slot);
        opinions[5] = float.IsNaN(profile) ? _level.Slow : profile;
        opinions[6] = _level.Median;
        return opinions;
    }

    private readonly float Yesterday(long slot)
    {
        var value = _yesterday[(int)(slot % Slots)];
        return float.IsNaN(value) ? _level.Slow : value;
    }

    [InlineArray(Slots)]
    private struct Day
    {
        private float _first;
    }

    [InlineArray(Hours)]
    private struct Profile
    {
        private float _first;
    }
}

/// <summary>What is expected, and the interval that holds nine of ten.</summary>
public readonly record struct Forecast(double Expected, double Low, double High)
{
    private const double Width90 = 3.2897;

    /// <summary>The probability that the value is above the limit, with normal tails outside the interval.</summary>
    public double Above(double limit)
    {
        var deviation = Math.Max((limit > Expected ? High - Expected : Expected - Low) * 2 / Width90, 1e-12 + 1e-9 * Math.Abs(Expected));
        return .5 * Numerics.ErrorFunction.Complement((limit - Expected) / deviation / Math.Sqrt(2));
    }
}
