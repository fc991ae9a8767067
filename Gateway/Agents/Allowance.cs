namespace Fleet.Gateway.Agents;

/// <summary>
/// How much an agent may say: so many messages at once, and so many a second after that. A token bucket; a value. What is beyond
/// it waits unread, so that the transport's flow control slows the agent, and nobody else.
/// </summary>
/// <param name="Left">Messages that may still be read; below zero when more were.</param>
internal readonly record struct Allowance(double Left)
{
    /// <summary>Enough for what an agent has to tell when it was away for long.</summary>
    public const int AtOnce = 500;

    /// <summary>Fifty times what a device says while it changes.</summary>
    public const int PerSecond = 100;

    public static Allowance Full => new(AtOnce);

    /// <summary>How long the next message must wait.</summary>
    public TimeSpan Wait => Left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-Left / PerSecond);

    /// <summary>After one more message.</summary>
    /// <param name="since">The time since the message before; one that runs backwards gives nothing.</param>
    public Allowance Spend(TimeSpan since) => new(Math.Min(AtOnce, Left + (Math.Max(0, since.TotalSeconds) * PerSecond)) - 1);
}
