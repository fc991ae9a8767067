using Fleet.Committing;
using Fleet.Engine.Storage;

namespace Fleet.Images;

/// <summary>What is remembered of one image lineage.</summary>
[StateSchema(1)]
internal sealed record ImageState : Remembered
{
    /// <summary>In the order of their publication.</summary>
    public ImmutableArray<ImageVersionFacts> Versions { get; init; } = [];

    /// <summary>In the order of their publication.</summary>
    public ImmutableArray<PatchView> Patches { get; init; } = [];
}
