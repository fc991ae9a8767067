using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Forecasting;

/// <summary>Forecasts one series up to a day ahead: a mix of tiny experts, weighted for each horizon by what they got wrong so far, with intervals that learn their width from their own misses.</summary>
/// <remarks>
/// Weights by discounted past error: Vovk, "Aggregating strategies", COLT 1990, in the form of inverse powers, and a weighted median, as errors count by their size.
/// Intervals: Gibbs and Candès, "Adaptive conformal inference under distribution shift", NeurIPS 2021, as a running quantile of the residuals for each side.
/// The day is cut into 48 slots; at the start of some slots what each expert says of a later one is written down, and judged when it comes.
/// A value of fixed size. A sample that is not finite moves the clock and teaches nothing. Which experts, and what was left out, is in docs/decisions/0021-forecast.md.
/// </remarks>
public partial struct Forecaster
{
    internal const int Slots = 48;
    private const float UsualStep = .2f;
    private const float ErrorStep = .03f;

    private double _origin;

    /// <summary>A power of two, so that changing it rounds nothing; 0 while the series is constant.</summary>
    private double _unit;

    private long _clock;
    private int _slotLength;
    private Level _level;
    private Day _yesterday;
    private Day _usual;
    private float _sum;
    private int _inSlot;
    private Bands _bands;

    /// <summary>Has seen nothing of a series with this many samples a day, at least 48.</summary>
    public static Forecaster Start(int samplesPerDay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samplesPerDay, Slots);
        var start = new Forecaster { _slotLength = samplesPerDay / Slots };
        for (var slot = 0; slot < Slots; slot++) (start._yesterday[slot], start._usual[slot]) = (Half.NaN, Half.NaN);
        for (var band = 0; band < Bands.Count; band++) start._bands[band] = Band.Start;
        return start;
    }

    /// <summary>Whether it has seen two days, and so can be believed.</summary>
    public readonly bool Warm => _clock >= 2L * Slots * _slotLength;

    private readonly int DayLength => Slots * _slotLength;

    /// <summary>Takes in the next sample; the shape of others' days is one more expert until it is warm.</summary>
    public readonly Forecaster Add(double sample, FleetShape? fleet = null)
    {
        var next = this;
        if (double.IsFinite(sample)) next.Learn(next.Fit(sample));
        next._clock++;
        if (next._clock % _slotLength == 0) next.CloseSlot(fleet);
        return next;
    }

    /// <summary>What to expect this many samples from now, at most a day.</summary>
    public readonly Forecast Ahead(int samples, FleetShape? fleet = null)
    {
        samples = Math.Clamp(samples, 1, DayLength);
        if (!_level.Started) return default;

        var experts = Experts((_clock + samples - 1) / _slotLength, fleet);
        var (lower, share) = Bands.Between((float)samples / _slotLength);
        var (near, far) = (_bands[Judged(lower)], _bands[Judged(Math.Min(lower + 1, Bands.Count - 1))]);
        var middle = Mix(near.Say(experts), far.Say(experts), share);
        return new(Real(middle), Real(middle + Mix(near.Below, far.Below, share)), Real(middle + Mix(near.Above, far.Above, share)));
    }

    /// <summary>How far each half-hour of the day is from the level, in spreads.</summary>
    internal readonly float[] Shape()
    {
        var shape = new float[Slots];
        for (var slot = 0; slot < Slots; slot++) shape[slot] = _level.Spread > 0 && !Half.IsNaN(_usual[slot]) ? ((float)_usual[slot] - _level.Long) / _level.Spread : 0;
        return shape;
    }

    private static float Mix(float near, float far, float share) => near + share * (far - near);

    /// <summary>The longest horizon up to this one of which something is known.</summary>
    private readonly int Judged(int band)
    {
        while (band > 0 && !_bands[band].Judged) band--;
        return band;
    }

    private void Learn(float value)
    {
        _level = _level.Add(value, _slotLength, DayLength);
        _sum += value;
        _inSlot++;
        for (var band = 0; band < Bands.Count; band++) _bands[band].Meet(value, ErrorStep / _slotLength, Bands.WidthStep(band) / _slotLength);
    }

    private void CloseSlot(FleetShape? fleet)
    {
        var slot = _clock / _slotLength - 1;
        if (_inSlot > 0)
        {
            var (mean, place) = (_sum / _inSlot, (int)(slot % Slots));
            _yesterday[place] = Band.Bounded(mean);
            _usual[place] = Half.IsNaN(_usual[place]) ? Band.Bounded(mean) : Band.Bounded(Towards((float)_usual[place], mean));
        }
        (_sum, _inSlot) = (0, 0);
        if ((slot + 1) % Slots == 0) Anchor();
        var now = Experts(slot + 1, fleet);
        for (var band = 0; band < Bands.Count; band++)
        {
            var ahead = Bands.Ahead(band);
            var then = ahead == 1 ? now : Experts(slot + 1 + ahead, fleet);
            _bands[band].Promise(slot + 1, ahead, now, then, _bands[Judged(band)].Mix(then));
        }
    }

    private readonly float Towards(float usual, float mean) => usual + UsualStep * Math.Clamp(mean - usual, -_level.Spread, _level.Spread);

    /// <summary>What each expert says of a slot.</summary>
    private readonly Opinions Experts(long slot, FleetShape? fleet)
    {
        var opinions = new Opinions();
        opinions[Opinions.Last] = _level.Last;
        opinions[Opinions.Short] = _level.Short;
        opinions[Opinions.Long] = _level.Long;
        opinions[Opinions.Usual] = (float)_usual[(int)(slot % Slots)];
        opinions[Opinions.Middle] = Opinions.Median(_level.Short, _level.Long, opinions[Opinions.Usual]);
        opinions[Opinions.Yesterday] = (float)_yesterday[(int)(slot % Slots)];
        opinions[Opinions.Fleet] = fleet is null || Warm ? float.NaN : _level.Short + _level.Spread * (fleet[slot] - fleet[Math.Max(_clock - 1, 0) / _slotLength]);
        return opinions;
    }

    [InlineArray(Slots)]
    private struct Day
    {
        private Half _first;
    }
}
