namespace Fleet.Engine;

/// <summary>
/// A clock for Orleans' own waits. They ask how long is left and wait so many whole milliseconds, again and again until
/// nothing is left: on a clock that stands still between its steps, as that of a test does, they would ask without end for
/// the part of a millisecond that remains. This one is up to a millisecond ahead, by a tick more each time it is asked.
/// </summary>
internal sealed class StirredClock(TimeProvider inner) : TimeProvider
{
    private long asked;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    private long Ahead => Interlocked.Increment(ref asked) % (TimeSpan.TicksPerMillisecond + 1);

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow().AddTicks(Ahead);

    public override long GetTimestamp() => inner.GetTimestamp() + (Ahead * inner.TimestampFrequency / TimeSpan.TicksPerSecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
