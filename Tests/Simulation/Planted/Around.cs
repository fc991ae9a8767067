using Fleet.Committing;
using Orleans.Storage;

namespace Fleet.Simulation.Planted;

/// <summary>An outlet that does what another does; a bug changes one thing.</summary>
internal abstract class OutletOf(IOutlet inner) : IOutlet
{
    protected IOutlet Inner => inner;

    public virtual Task Send(Effect effect) => inner.Send(effect);

    public virtual Task WakeAt(GrainId self, DateTimeOffset at) => inner.WakeAt(self, at);

    public virtual Task Awake(GrainId self, DateTimeOffset now) => inner.Awake(self, now);
}

/// <summary>A storage that does what another does; a bug changes one thing.</summary>
internal abstract class StorageOf(IGrainStorage inner) : IGrainStorage
{
    protected IGrainStorage Inner => inner;

    public virtual Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public virtual Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.WriteStateAsync(stateName, grainId, grainState);

    public virtual Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}
