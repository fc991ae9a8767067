namespace Fleet.Agent.Link;

/// <summary>How long to wait before the next try: full jitter, so that a fleet that lost its engine doesn't come back at once.</summary>
/// <param name="First">Upper bound of the first wait; doubles with each failure.</param>
/// <param name="Limit">Upper bound of every wait.</param>
/// <param name="Failures">Failures since the last success.</param>
/// <remarks>Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter.</remarks>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Limit, int Failures = 0)
{
    /// <summary>Between 100 ms and the present bound; the floor keeps a lucky draw from becoming a busy loop.</summary>
    public TimeSpan Wait(Random random)
    {
        var bound = Math.Min(Limit.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Max(0, Failures - 1)));
        return TimeSpan.FromMilliseconds(Math.Max(100, random.NextDouble() * bound));
    }

    /// <summary>After one more failure.</summary>
    public Backoff Failed() => this with { Failures = Math.Min(Failures + 1, 30) };

    /// <summary>After a success.</summary>
    public Backoff Succeeded() => this with { Failures = 0 };
}
