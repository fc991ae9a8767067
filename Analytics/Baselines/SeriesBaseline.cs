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
/// Running median and mean absolute deviation by stochastic approximation (Robbins and Monro 1951). Until an hour of the week was seen, the hour of the day speaks for it, and until that was, the whole series.
/// Points that are late, repeated or not finite are not learned; gaps cost nothing, as every point brings its own time, and so does a change of interval: a point weighs the time that it stands for.
/// </remarks>
public struct SeriesBaseline
{
    private const int HoursOfDay = 24;
    private const int HoursOfWeek = 168;
    private const float Young = 12;
    private static readonly TimeSpan LongestStand = TimeSpan.FromMinutes(30);

    private Cells _week;
    private DayCells _day;
    private Cell _all;
    private float _spread;
    private double _origin;
    private DateTimeOffset _last;

    /// <summary>The hours it has learned from.</summary>
    public readonly double Hours => _all.Weight;

    /// <summary>The usual distance from the centre.</summary>
    public readonly double Spread => _spread;

    /// <summary>Takes in one point; what isn't later than all before it, or isn't a number, changes nothing.</summary>
    public readonly SeriesBaseline Add(DateTimeOffset time, double value)
    {
        if (!double.IsFinite(value) || time <= _last) return this;
        var next = this;
        if (_all.Weight == 0) next._origin = value;
        var sample = (float)Math.Clamp(value - next._origin, -1e30, 1e30);
        var stood = _last == default ? TimeSpan.FromMinutes(1) : time - _last;
        var hours = (float)((stood < LongestStand ? stood : LongestStand) / TimeSpan.FromHours(1));
        var distance = Math.Abs(sample - Centre(time));
        var spreadStep = Math.Max(hours / (_all.Weight + hours), hours / HoursOfWeek);
        next._spread += spreadStep * (Math.Min(distance, _all.Weight > 1 ? 8 * _spread + 1e-6f * Math.Abs(sample) : distance) - _spread);
        var reach = 3 * next._spread + 1e-9f;
        next._all = _all.Add(sample, hours, 6 * HoursOfDay, reach);
        next._day[time.Hour] = _day[time.Hour].Add(sample, hours, Young, reach);
        var week = (int)time.DayOfWeek * HoursOfDay + time.Hour;
        next._week[week] = _week[week].Add(sample, hours, 4, reach);
        next._last = time;
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

    private readonly float Centre(DateTimeOffset time)
    {
        var week = _week[(int)time.DayOfWeek * HoursOfDay + time.Hour];
        var day = _day[time.Hour];
        // A week's own hour is trusted from its second time; in doubt the hour of the day speaks.
        if (week.Weight > 1.5f) return week.Centre;
        return day.Weight > .5f ? day.Centre : _all.Centre;
    }

    /// <summary>One cell: a centre and the hours it has seen.</summary>
    private readonly record struct Cell(float Centre, float Weight)
    {
        public Cell Add(float sample, float hours, float memory, float reach)
        {
            var step = Math.Max(hours / (Weight + hours), hours / memory);
            var bounded = Weight > .5f ? Math.Clamp(sample, Centre - reach, Centre + reach) : sample;
            return new(Centre + Math.Min(step, 1) * (bounded - Centre), Weight + hours);
        }
    }

    [InlineArray(HoursOfWeek)]
    private struct Cells
    {
        private Cell _first;
    }

    [InlineArray(HoursOfDay)]
    private struct DayCells
    {
        private Cell _first;
    }
}

/// <summary>A counter that only grows, as a rate: a fall is a restart and starts anew rather than counting backwards.</summary>
public readonly record struct CounterRate(DateTimeOffset Time, double Count)
{
    /// <summary>The rate a second since the last reading; null at the first, after a restart, or when the time didn't advance.</summary>
    public CounterRate Add(DateTimeOffset time, double count, out double? rate)
    {
        rate = null;
        if (!double.IsFinite(count) || time <= Time) return this;
        if (Time != default && count >= Count) rate = (count - Count) / (time - Time).TotalSeconds;
        return new(time, count);
    }
}
