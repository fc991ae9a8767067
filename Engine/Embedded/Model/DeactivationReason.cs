namespace Orleans;

/// <summary>Why an activation ends.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason was given.</summary>
    None,

    /// <summary>The engine stops.</summary>
    ShuttingDown,

    /// <summary>The activation could not begin.</summary>
    ActivationFailed,

    /// <summary>Not used by the embedded engine.</summary>
    DirectoryFailure,

    /// <summary>Nobody called for a while.</summary>
    ActivationIdle,

    /// <summary>Not used by the embedded engine.</summary>
    ActivationUnresponsive,

    /// <summary>Not used by the embedded engine.</summary>
    DuplicateActivation,

    /// <summary>Not used by the embedded engine.</summary>
    IncompatibleRequest,

    /// <summary>The grain met an error that it does not want to live with.</summary>
    ApplicationError,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested,

    /// <summary>Not used by the embedded engine.</summary>
    Migrating,

    /// <summary>The engine asked for it.</summary>
    RuntimeRequested,

    /// <summary>Not used by the embedded engine.</summary>
    HighMemoryPressure,
}

/// <summary>Why an activation ends, in words.</summary>
public readonly record struct DeactivationReason(DeactivationReasonCode ReasonCode, Exception? Exception, string Description)
{
    public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text) { }
}
