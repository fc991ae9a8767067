namespace Fleet.Scheduling;

/// <summary>Keeps durable (deadline, grain) pairs behind one reminder: whatever waits is woken, also when nothing else is active.</summary>
[Alias("fleet.due")]
public interface IDueGrain : IGrainWithIntegerKey
{
    /// <summary>Wakes the grain at this time, or soon after; replaces an earlier deadline of that grain. Safe to repeat.</summary>
    [Alias("schedule")] Task Schedule(GrainId target, DateTimeOffset at);

    /// <summary>Forgets the grain's deadline, unless a later one was set meanwhile. Safe to repeat.</summary>
    [Alias("cancel")] Task Cancel(GrainId target, DateTimeOffset at);
}

/// <summary>A grain that can be woken at a deadline.</summary>
[Alias("fleet.due-target")]
public interface IDueTarget : IGrainWithStringKey
{
    /// <summary>A deadline has passed, or may have: the grain looks itself. Safe to repeat.</summary>
    [Alias("due")] Task Due();
}

public static class DueGrains
{
    public const int Shards = 16;

    public static IDueGrain Due(this IGrainFactory grains, int shard) => grains.GetGrain<IDueGrain>(shard);
}
