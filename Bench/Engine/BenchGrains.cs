namespace Fleet.Bench.Engine;

/// <summary>Does nothing but answer: what a call costs is the engine's.</summary>
[Alias("bench.counter")]
public interface ICounterGrain : IGrainWithIntegerKey
{
    /// <summary>How often it was called since it woke.</summary>
    [Alias("count")] Task<long> Count();
}

/// <summary>Keeps 4 KB in memory.</summary>
[Alias("bench.keeper")]
public interface IKeeperGrain : IGrainWithIntegerKey
{
    /// <summary>Fills the state, without writing it.</summary>
    [Alias("fill")] Task Fill();
}

[GrainType("bench-counter")]
internal sealed class CounterGrain : Grain, ICounterGrain
{
    private long count;

    public Task<long> Count() => Task.FromResult(++count);
}

[GrainType("bench-keeper")]
internal sealed class KeeperGrain([PersistentState("kept", "fleet")] IPersistentState<Kept> stored) : Grain, IKeeperGrain
{
    public Task Fill()
    {
        stored.State = new Kept { Bytes = new byte[Kept.Size] };
        return Task.CompletedTask;
    }
}

/// <summary>State of 4 KB.</summary>
internal sealed record Kept
{
    public const int Size = 4096;

    public byte[] Bytes { get; init; } = [];
}
