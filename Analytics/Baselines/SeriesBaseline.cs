using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Baselines;

/// <summary>Which way of a metric is bad.</summary>
public enum Direction
{
    /// <summary>Both ways.</summary>
    Either,

    /// <summary>More is worse: latency, errors, saturation.</summary>
    HighIsBad,

    /// <summary>Less is worse: throughput, free space.</summary>
    LowIsBad,
}

/// <summary>What is normal for one series at each hour of the week, robustly: a centre that moves by bounded steps, and one spread. Bounded state.</summary>
/// <remarks>
/// Running centres and mean absolute deviation by stochastic approximation (Robbins and Monro 1951). Until an hour of the week was seen twice, the hour of the day speaks for it, and until that was, the whole series.
/// Points that are late, repeated or not finite are not learned; gaps cost nothing, as every point brings its own time, and so does a change of interval: a point weighs the time that it stands for.
/// An hour is learned when it is over; the hours of the week are kept as their distance from the hour of the day, in one byte each.
/// </remarks>
public partial struct SeriesBaseline
{
    private const int HoursOfDay = 24;
    private const float WholeSeries = 6 * HoursOfDay;
    private const float Memory = 168;
    private const int DaysRemembered = 12;
    private const int WeeksRemembered = 4;
    private const int Trusted = 2;
    private const float LeastOfHour = .25f;
    private static readonly TimeSpan LongestStand = TimeSpan.FromMinutes(30);

    private double _origin;
    private long _last;
    private byte _hourOfWeek;
    private Cell _hour;
    private Cell _all;
    private float _spread;
    private DayHours _day;
    private WeekHours _week;

    /// <summary>The hours it has learned from.</summary>
    public readonly double Hours => _all.Weight;

    /// <summary>The usual distance from the centre.</summary>
    public readonly double Spread => _spread;

    /// <summary>Takes in one point; what isn't later than all before it, or isn't a number, changes nothing.</summary>
    public readonly SeriesBaseline Add(DateTimeOffset time, double value)
    {
        if (!double.IsFinite(value) || time.UtcTicks <= _last) return this;
        var next = this;
        if (_all.Weight == 0) next._origin = Math.Clamp(value, -1e100, 1e100);
        var sample = (float)Math.Clamp(value - next._origin, -1e30, 1e30);
        var stood = TimeSpan.FromTicks(_last == 0 ? TimeSpan.TicksPerMinute : time.UtcTicks - _last);
        var hours = (float)((stood < LongestStand ? stood : LongestStand) / TimeSpan.FromHours(1));
        if (HourOfWeek(time) != _hourOfWeek) next.Close(HourOfWeek(time));

        var distance = Math.Abs(sample - next.Centre(time));
        var spreadStep = Math.Max(hours / (_all.Weight + hours), hours / Memory);
        next._spread += spreadStep * (Math.Min(distance, _all.Weight > 1 ? 8 * _spread + 1e-6f * Math.Abs(sample) : distance) - _spread);
        next._all = next._all.Add(sample, hours, WholeSeries, next.Reach);
        next._hour = next._hour.Add(sample, hours, WholeSeries, next.Reach);
        next._last = time.UtcTicks;
        return next;
    }

    /// <summary>What is normal at this time.</summary>
    public readonly double Expected(DateTimeOffset time) => _origin + Centre(time);

    /// <summary>How many spreads the value is off to the bad side; 0 where nothing is known or the value is better than expected.</summary>
    public readonly double Deviation(DateTimeOffset time, double value, Direction direction)
    {
        if (!double.IsFinite(value) || _all.Weight < 1) return 0;
        var off = (value - Expected(time)) / Math.Max(_spread, 1e-9 + 1e-6 * Math.Abs(Expected(time)));
        return Math.Min(1e6, direction switch { Direction.HighIsBad => Math.Max(off, 0), Direction.LowIsBad => Math.Max(-off, 0), _ => Math.Abs(off) });
    }

    private readonly float Reach => 3 * _spread + 1e-9f;

    private static byte HourOfWeek(DateTimeOffset time) => (byte)((int)time.DayOfWeek * HoursOfDay + time.Hour);

    /// <summary>An hour is over: the hour of the day learns it, and the hour of the week learns how it differed from that.</summary>
    private void Close(byte next)
    {
        if (_hour.Weight >= LeastOfHour)
        {
            var (week, hour) = (_hourOfWeek, _hourOfWeek % HoursOfDay);
            var usual = _day[hour];
            var off = usual.Visits > 0 ? _hour.Centre - usual.Centre : 0;
            if (_week.Visits(week) > 0) off = Math.Clamp(off, _week.Off(week) - Reach, _week.Off(week) + Reach);
            // What the hour of the week explains is nothing for the hour of the day to follow: else each weekend would drag it down.
            var explained = _week.Visits(week) >= Trusted ? _week.Off(week) : 0;
            if (usual.Visits > 0) _week.Learn(week, off, WeeksRemembered, _spread);
            _day[hour] = usual.Learn(_hour.Centre - explained, DaysRemembered, Reach);
        }
        (_hour, _hourOfWeek) = (default, next);
    }

    private readonly float Centre(DateTimeOffset time)
    {
        var usual = _day[time.Hour];
        if (usual.Visits == 0) return _all.Centre;
        return _week.Visits(HourOfWeek(time)) >= Trusted ? usual.Centre + _week.Off(HourOfWeek(time)) : usual.Centre;
    }

    /// <summary>A centre and the hours it has seen.</summary>
    private readonly record struct Cell(float Centre, float Weight)
    {
        public Cell Add(float sample, float hours, float memory, float reach)
        {
            var step = Math.Max(hours / (Weight + hours), hours / memory);
            var bounded = Weight > .5f ? Math.Clamp(sample, Centre - reach, Centre + reach) : sample;
            return new(Centre + Math.Min(step, 1) * (bounded - Centre), Weight + hours);
        }
    }

    /// <summary>An hour of the day: its centre and how often it was seen, up to a limit.</summary>
    private readonly record struct DayHour(float Centre, byte Visits)
    {
        public DayHour Learn(float seen, int memory, float reach)
        {
            if (Visits == 0) return new(seen, 1);
            var step = 1f / Math.Min(Visits + 1, memory);
            return new(Centre + step * Math.Clamp(seen - Centre, -reach, reach), (byte)Math.Min(Visits + 1, memory));
        }
    }

    [InlineArray(HoursOfDay)]
    private struct DayHours
    {
        private DayHour _first;
    }
}
