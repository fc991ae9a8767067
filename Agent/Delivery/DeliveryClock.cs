namespace Fleet.Agent.Delivery;

/// <summary>
/// The clock of delivery: the device's wall clock when the agent started, running evenly from there. Deadlines never jump with
/// a wall clock that is set meanwhile, which may be wrong; only a restart reads it again.
/// </summary>
internal sealed class DeliveryClock(TimeProvider time)
{
    private readonly DateTimeOffset _anchor = time.GetUtcNow();
    private readonly long _start = time.GetTimestamp();

    public TimeProvider Time => time;

    public DateTimeOffset Now => _anchor + time.GetElapsedTime(_start);
}
