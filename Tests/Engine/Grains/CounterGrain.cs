namespace Fleet.Engine.Tests;

[Alias("test.counter")]
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>Adds one, durably, and says how many there are.</summary>
    [Alias("add")] Task<int> Add();

    [Alias("count")] Task<int> Count();

    [Alias("clear")] Task Clear();
}

public sealed record CounterState
{
    public int Count { get; init; }
}

[GrainType("counter")]
internal sealed class CounterGrain([PersistentState("counter", "fleet")] IPersistentState<CounterState> stored) : Grain, ICounterGrain
{
    public async Task<int> Add()
    {
        stored.State = stored.State with { Count = stored.State.Count + 1 };
        await stored.WriteStateAsync();
        return stored.State.Count;
    }

    public Task<int> Count() => Task.FromResult(stored.State.Count);

    public Task Clear() => stored.ClearStateAsync();
}
