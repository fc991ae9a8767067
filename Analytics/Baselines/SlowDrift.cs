namespace Fleet.Analytics.Baselines;

/// <summary>How far the days have moved from the golden days, and whether that is a leak.</summary>
/// <param name="Drifting">Whether the last days stand clear of the golden ones and rise steadily.</param>
/// <param name="PerDay">The slope, in the metric's unit a day.</param>
public readonly record struct Drift(bool Drifting, double PerDay)
{
    /// <summary>The days until the limit at this slope; null when it isn't going there.</summary>
    public double? DaysTo(double limit, double now) => Drifting && PerDay != 0 && (limit - now) / PerDay is >= 0 and var days ? days : null;
}

/// <summary>Watches daily means against a frozen golden mean, so that a slow leak is not learned as normal. To take new golden days, start anew.</summary>
/// <remarks>
/// The golden mean and the spread between days come from the first days and are then frozen; the rolling side is the last four days.
/// A leak is told when the last day is beyond golden by four of those spreads, and each of the last days moved the same way (a run as in Wald and Wolfowitz 1940). The spread is
/// never taken for less than the noise of a daily mean, estimated from changes inside the days.
/// </remarks>
public readonly record struct SlowDrift
{
    private const int GoldenDays = 3;
    private const double Clear = 4;
    private const double MostPerDay = 288;

    private double Sum { get; init; }
    private double Squares { get; init; }
    private int Samples { get; init; }
    private long Day { get; init; }
    private int Days { get; init; }
    private double Golden { get; init; }
    private double BetweenDays { get; init; }
    private double Noise { get; init; }
    private double Last { get; init; }
    private double Before { get; init; }
    private double Earliest { get; init; }

    /// <summary>Takes in one point of time order; what is not finite is ignored.</summary>
    public SlowDrift Add(DateTimeOffset time, double value, out Drift drift)
    {
        drift = default;
        if (!double.IsFinite(value) || Math.Abs(value) > 1e100) return this;
        var day = time.UtcTicks / TimeSpan.TicksPerDay;
        if (Samples > 0 && day < Day) return this;
        if (Samples == 0 || day == Day) return With(day, value);
        return Close(out drift).With(day, value);
    }

    /// <summary>Writes the state; returns how many bytes, 80.</summary>
    public int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Long(Day);
        packer.Int(Samples);
        packer.Int(Days);
        foreach (var value in (ReadOnlySpan<double>)[Sum, Squares, Golden, BetweenDays, Noise, Last, Before, Earliest]) packer.Double(value);
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static SlowDrift Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        return new()
        {
            Day = unpacker.Long(),
            Samples = unpacker.Int(),
            Days = unpacker.Int(),
            Sum = unpacker.Double(),
            Squares = unpacker.Double(),
            Golden = unpacker.Double(),
            BetweenDays = unpacker.Double(),
            Noise = unpacker.Double(),
            Last = unpacker.Double(),
            Before = unpacker.Double(),
            Earliest = unpacker.Double(),
        };
    }

    private SlowDrift With(long day, double value)
    {
        // Around the golden mean, so that squares of large levels don't swallow the noise.
        var off = value - Golden;
        return this with { Day = day, Sum = Sum + off, Squares = Squares + off * off, Samples = Samples + 1 };
    }

    private SlowDrift Close(out Drift drift)
    {
        var off = Sum / Samples;
        var mean = Golden + off;
        var variance = Math.Max(0, Squares / Samples - off * off);
        // Samples of a day lean on each other: they are worth at most a sixth of their number.
        var noise = Math.Sqrt(variance / Math.Max(1, Math.Min(Samples, MostPerDay) / 6));
        var next = this with { Sum = 0, Squares = 0, Samples = 0, Days = Days + 1, Last = mean, Before = Last, Earliest = Before };
        drift = default;
        if (Days < GoldenDays)
        {
            var golden = Golden + (mean - Golden) / (Days + 1);
            var between = Days == 0 ? 0 : Math.Max(BetweenDays, Math.Abs(mean - Last));
            return next with { Golden = golden, BetweenDays = between, Noise = Noise + (noise - Noise) / (Days + 1) };
        }
        var spread = Math.Max(BetweenDays / 2, Noise);
        var clear = Math.Abs(mean - Golden) > Clear * spread + 1e-9 * Math.Abs(Golden);
        var sign = Math.Sign(mean - Golden);
        var steady = Math.Sign(mean - Last) == sign && Math.Sign(Last - Before) == sign;
        drift = new(clear && steady && spread > 0, (mean - Before) / 2);
        return next;
    }
}
