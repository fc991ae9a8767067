namespace Fleet.Analytics.Forecasting;

/// <content>The frame that the state is kept in: an origin near the level and a unit near the spread, so that sixteen bits suffice for what is remembered.</content>
public partial struct Forecaster
{
    private const float Widest = 4096;
    private const float Narrowest = 1f / 256;
    private const float Far = 64;
    private const double Largest = 1e100;
    private const double Least = 1e-90;

    private readonly double Real(float value) => _origin + _unit * value;

    /// <summary>The sample in the frame, which grows when the sample is far outside.</summary>
    private float Fit(double sample)
    {
        var real = Math.Clamp(sample, -Largest, Largest);
        if (!_level.Started) _origin = real;
        var off = real - _origin;
        if (off == 0) return 0;
        if (_unit == 0) _unit = Math.ScaleB(1, Math.ILogB(Math.Max(Math.Abs(off), Least)));
        if (Math.Abs(off) > Widest * _unit) Reframe(0, Math.ScaleB(1, Math.ILogB(off) - 8) / _unit);
        return (float)(off / _unit);
    }

    /// <summary>Once a day the frame follows a level that has gone far, or a spread that has become small.</summary>
    private void Anchor()
    {
        var shift = Math.Abs(_level.Long) > Far * _level.Spread ? _level.Long : 0;
        var grown = _level.Spread is > 0 and < Narrowest ? Math.ScaleB(1, Math.ILogB(_level.Spread)) : 1;
        if (_unit > 0 && (shift != 0 || grown != 1)) Reframe(shift, _unit * grown < Least ? 1 : grown);
    }

    private void Reframe(float shift, double grown)
    {
        var factor = (float)(1 / grown);
        _origin += shift * _unit;
        _unit *= grown;
        _level = _level.Moved(shift, factor);
        _sum = (_sum - shift * _inSlot) * factor;
        for (var slot = 0; slot < Slots; slot++)
        {
            _yesterday[slot] = Band.Bounded(((float)_yesterday[slot] - shift) * factor);
            _usual[slot] = Band.Bounded(((float)_usual[slot] - shift) * factor);
        }
        for (var band = 0; band < Bands.Count; band++) _bands[band].Move(shift, factor);
    }
}
