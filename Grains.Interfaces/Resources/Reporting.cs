namespace Fleet.Resources;

/// <summary>How often agents report, and when silence means something.</summary>
public static class Reporting
{
    /// <summary>Agents report so often when nothing is in flight; they are told at the start of their session.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Who was silent for so long is not connected, and how it is doing is unknown.</summary>
    public static TimeSpan Silence { get; } = 3 * Interval;
}
