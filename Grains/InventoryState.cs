using Fleet.Engine.Storage;

namespace Fleet;

/// <summary>What is installed, as last told: package URLs with version. Apart from the rest, since it is large and changes rarely.</summary>
[StateSchema(1)]
internal sealed record InventoryState
{
    public ImmutableArray<string> Packages { get; init; } = [];
}
