namespace Fleet.Scheduling;

/// <summary>Keeps durable (deadline, grain) pairs behind one reminder: whatever waits is woken, also when nothing else is active.</summary>
[Alias("fleet.due")]
public interface IDueGrain : IGrainWithIntegerKey
{
    /// <summary>Makes the shard's reminder exist and its timer run. Safe to repeat.</summary>
    [Alias("start")] Task Start();

    /// <summary>Wakes the grain at this time, or soon after; replaces an earlier deadline of that grain. Safe to repeat.</summary>
    [Alias("schedule")] Task Schedule(GrainId target, DateTimeOffset at);

    /// <summary>Forgets the grain's deadline, unless it is later than this. Safe to repeat.</summary>
    [Alias("cancel")] Task Cancel(GrainId target, DateTimeOffset until);
}

/// <summary>A grain that can be woken at a deadline.</summary>
[Alias("fleet.due-target")]
public interface IDueTarget : IGrainWithStringKey
{
    /// <summary>
    /// A deadline has passed, or may have: the grain looks itself, and schedules its next deadline or cancels this one.
    /// Until it does, it is woken again. Safe to repeat.
    /// </summary>
    [Alias("due")] Task Due();
}

public static class DueGrains
{
    public const int Shards = 16;

    public static IDueGrain Due(this IGrainFactory grains, int shard) => grains.GetGrain<IDueGrain>(shard);

    /// <summary>The shard that keeps this grain's deadline.</summary>
    public static IDueGrain DueOf(this IGrainFactory grains, GrainId target) => grains.Due(StableHash.Shard(target.ToString(), Shards));

    /// <summary>Starts all shards: to be called once the engine runs, so that whatever waited before a restart is woken.</summary>
    public static Task StartDueShards(this IGrainFactory grains) => Task.WhenAll(Enumerable.Range(0, Shards).Select(shard => grains.Due(shard).Start()));
}
