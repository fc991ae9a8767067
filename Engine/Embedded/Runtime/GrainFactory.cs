namespace Fleet.Engine.Embedded;

/// <summary>The way to the grains, inside and outside of them.</summary>
internal sealed class GrainFactory(EmbeddedEngine engine) : IClusterClient
{
    public IServiceProvider ServiceProvider => engine.Services;

    public T GetGrain<T>(Guid primaryKey, string? grainClassNamePrefix = null) where T : IGrainWithGuidKey =>
        engine.Reference<T>(GrainIdKeyExtensions.CreateGuidKey(primaryKey), grainClassNamePrefix);

    public T GetGrain<T>(long primaryKey, string? grainClassNamePrefix = null) where T : IGrainWithIntegerKey =>
        engine.Reference<T>(GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    public T GetGrain<T>(string primaryKey, string? grainClassNamePrefix = null) where T : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        return engine.Reference<T>(IdSpan.Create(primaryKey), grainClassNamePrefix);
    }

    public T GetGrain<T>(GrainId grainId) where T : IAddressable => engine.Reference<T>(grainId);

    public T CreateObjectReference<T>(IGrainObserver obj) where T : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is GrainReference or Grain) throw new ArgumentException("A grain is reached by its own reference.", nameof(obj));
        return engine.Reference<T>(engine.Observers.Add(obj));
    }

    public void DeleteObjectReference<T>(IGrainObserver obj) where T : IGrainObserver
    {
        if (obj is not GrainReference reference) throw new ArgumentException("Only what CreateObjectReference returned can be deleted.", nameof(obj));
        engine.Observers.Remove(reference.GrainId);
    }
}
