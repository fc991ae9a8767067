using Fleet.Engine.Embedded;

namespace Orleans.Runtime;

/// <summary>A reference to a grain or an observer. Two references are equal if they mean the same one.</summary>
public abstract class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private readonly EmbeddedEngine engine;

    protected GrainReference(ReferenceContext context) => (engine, GrainId) = (context.Engine, context.GrainId);

    /// <summary>Whom it means.</summary>
    public GrainId GrainId { get; }

    /// <summary>The same grain through another of its interfaces.</summary>
    public virtual TGrainInterface Cast<TGrainInterface>() where TGrainInterface : IAddressable =>
        (TGrainInterface)As(typeof(TGrainInterface));

    /// <summary>The same grain through another of its interfaces.</summary>
    internal IAddressable As(Type contract) => contract.IsInstanceOfType(this) ? this : engine.Reference(contract, GrainId);

    /// <inheritdoc />
    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc />
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <summary>A hash that is the same in every process.</summary>
    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

    /// <inheritdoc />
    public override string ToString() => $"GrainReference:{GrainId}";

    public static bool operator ==(GrainReference? left, GrainReference? right) => Equals(left, right);

    public static bool operator !=(GrainReference? left, GrainReference? right) => !Equals(left, right);

    /// <summary>For generated code: a grain that is an argument travels as a reference to it; its object never leaves its turns.</summary>
    protected static T Refer<T>(T argument) where T : IAddressable? => argument switch
    {
        null or GrainReference => argument,
        IGrainObserver => throw new NotSupportedException($"{argument.GetType()} is no reference: use {nameof(IGrainFactory.CreateObjectReference)}, or {nameof(GrainExtensions.AsReference)} in a grain."),
        _ => (T)((IGrainBase)argument).GrainContext.GrainReference.As(typeof(T)),
    };

    /// <summary>For generated code: sends a call and gives its answer.</summary>
    protected Task<T> Send<T>(GrainCall<T> call) => engine.Send(GrainId, call);
}
