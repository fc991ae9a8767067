namespace Orleans.Runtime;

/// <summary>One activation of a grain: what is in memory while it is awake.</summary>
public interface IGrainContext
{
    /// <summary>Who it is.</summary>
    GrainId GrainId { get; }

    /// <summary>A reference to it.</summary>
    GrainReference GrainReference { get; }

    /// <summary>The grain object; null until it is made.</summary>
    object? GrainInstance { get; }

    /// <summary>The services made for this activation.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Completes when the activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Begins to end the activation: calls that run now finish, calls that wait go to the next activation.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}

/// <summary>Tells which activation the current code belongs to.</summary>
public interface IGrainContextAccessor
{
    /// <summary>The activation; null outside of grains.</summary>
    IGrainContext? GrainContext { get; }
}
