using Fleet.Committing;

namespace Fleet.Access;

/// <summary>Keeps one operator's key, hashed.</summary>
[GrainType("operator-key")]
internal sealed class OperatorKeyGrain([PersistentState("key", "fleet")] IPersistentState<OperatorKeyState> stored) : Grain, IOperatorKeyGrain
{
    public async Task<bool> Create(OperatorKey key)
    {
        if (stored.State.Key is not null) return false;
        await stored.Replace(stored.State with { Key = key }, DeactivateOnIdle);
        return true;
    }

    public Task<OperatorKey?> Find() => Task.FromResult(stored.State.Key);
}
