namespace Fleet.Analytics.Detection;

/// <summary>Tells a lasting rise of a series that is hardly known: how far the lowest of the latest blocks of samples stands above the highest block before them.</summary>
/// <remarks>For the first day, when extremes and patterns are all new. A block is the mean of twelve samples. Scale changes nothing; the score is the ratio less one, 0 while there is none, at most 10.</remarks>
public readonly record struct LevelShift
{
    private const int Block = 12;
    private const int Least = 3;
    private const int Window = 5;

    private double Sum { get; init; }
    private int InBlock { get; init; }
    private int Blocks { get; init; }
    private double Highest { get; init; }
    private (double A, double B, double C, double D, double E) Latest { get; init; }

    /// <summary>Takes in one sample of a series that isn't negative; what isn't finite changes nothing.</summary>
    public LevelShift Add(double sample, out double score)
    {
        score = 0;
        if (!double.IsFinite(sample) || Math.Abs(sample) > 1e100) return this;
        if (InBlock + 1 < Block) return this with { Sum = Sum + sample, InBlock = InBlock + 1 };

        var mean = (Sum + sample) / Block;
        var (a, b, c, d, e) = Latest;
        var lowest = Math.Min(mean, Math.Min(Math.Min(a, b), Math.Min(Math.Min(c, d), e)));
        if (Blocks >= Least + Window && Highest > 0) score = Math.Clamp(lowest / Highest - 1, 0, 10);
        // The blocks of the window join the known only when they leave it.
        return new() { Blocks = Blocks + 1, Highest = Blocks >= Window ? Math.Max(Highest, e) : Highest, Latest = (mean, a, b, c, d) };
    }
}
