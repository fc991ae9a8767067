namespace Fleet.Engine.Embedded;

/// <summary>For generated code: what a reference is made of.</summary>
public readonly struct ReferenceContext
{
    internal ReferenceContext(EmbeddedEngine engine, GrainId grainId) => (Engine, GrainId) = (engine, grainId);

    internal EmbeddedEngine Engine { get; }

    internal GrainId GrainId { get; }
}
