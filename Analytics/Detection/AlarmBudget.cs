namespace Fleet.Analytics.Detection;

/// <summary>Decides which scores of a resource are alarms: at most a budget of them a week in the long run, and what people said of earlier ones counts.</summary>
/// <remarks>
/// Each alarm raises the threshold by half, and time lets it fall again, by as much a week as the budget's alarms raised it; it never falls below its floor, so a calm resource is not made to alarm.
/// In any span of weeks there are at most budget × weeks + 1 alarms more than it takes to raise the floor to the highest score. False and missed alarms move the floor for good.
/// </remarks>
public readonly record struct AlarmBudget
{
    private const double Raise = 1.5;
    private const double Clearance = 1.1;

    /// <summary>Between two alarms lies at least this.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    private double Floor { get; init; }
    private double Raised { get; init; }
    private DateTimeOffset Last { get; init; }
    private DateTimeOffset Alarmed { get; init; }

    /// <summary>The alarms a week that a resource may have in the long run.</summary>
    public double PerWeek { get; private init; }

    /// <summary>A score above this is an alarm.</summary>
    public double Threshold => Floor * Math.Pow(Raise, Raised);

    /// <summary>Starts from a threshold, as <see cref="Calibrate"/> finds one on a fleet.</summary>
    public static AlarmBudget Start(double threshold, double perWeek)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threshold);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perWeek);
        return new() { Floor = threshold, PerWeek = perWeek };
    }

    /// <summary>The threshold that the daily peaks of a calm fleet seldom pass: its share of days above it is the budget's, less two standard errors. Infinite when there are too few days to tell.</summary>
    public static double Calibrate(IEnumerable<double> dailyPeaks, double perWeek)
    {
        double[] peaks = [.. dailyPeaks.Where(double.IsFinite).OrderDescending()];
        var expected = peaks.Length * perWeek / 7;
        var above = (int)Math.Floor(expected - 2 * Math.Sqrt(expected));
        return above < 1 ? double.PositiveInfinity : peaks[Math.Min(above, peaks.Length - 1)];
    }

    /// <summary>Takes in the score of this moment; time that doesn't advance, and what isn't finite, changes nothing.</summary>
    public AlarmBudget Add(DateTimeOffset time, double score, out bool alarm)
    {
        alarm = false;
        if (!double.IsFinite(score) || time <= Last) return this;
        var weeks = Last == default ? 0 : (time - Last) / TimeSpan.FromDays(7);
        var next = this with { Last = time, Raised = Math.Max(0, Raised - PerWeek * weeks) };
        if (score <= next.Threshold || (Alarmed != default && time - Alarmed < Rest)) return next;
        alarm = true;
        return next with { Raised = next.Raised + 1, Alarmed = time };
    }

    /// <summary>Writes the state; returns how many bytes, 40.</summary>
    public int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Double(Floor);
        packer.Double(Raised);
        packer.Long(Last.UtcTicks);
        packer.Long(Alarmed.UtcTicks);
        packer.Double(PerWeek);
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static AlarmBudget Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        return new() { Floor = unpacker.Double(), Raised = unpacker.Double(), Last = new(unpacker.Long(), TimeSpan.Zero), Alarmed = new(unpacker.Long(), TimeSpan.Zero), PerWeek = unpacker.Double() };
    }

    /// <summary>An alarm with this score was false: no score like it is one again.</summary>
    public AlarmBudget FalseAlarm(double score) => double.IsFinite(score) ? this with { Floor = Math.Max(Floor, score * Clearance) } : this;

    /// <summary>Something with this score was missed: a score like it is an alarm from now on.</summary>
    public AlarmBudget Missed(double score) => score > 0 && score < Threshold ? this with { Floor = Math.Min(Floor, score / Clearance), Raised = 0 } : this;
}
