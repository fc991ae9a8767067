using Fleet.Committing;
using Fleet.Engine.Storage;

namespace Fleet.Access;

/// <summary>What is remembered of one enrolment token.</summary>
[StateSchema(1)]
internal sealed record EnrolmentState : Remembered
{
    /// <summary>Empty: there is no such token.</summary>
    public string Resource { get; init; } = "";
    public DateTimeOffset Expires { get; init; }

    /// <summary>Empty until it is used; then the hash of the certificate request that it was used for.</summary>
    public string UsedFor { get; init; } = "";
}

/// <summary>What is remembered of one operator key.</summary>
[StateSchema(1)]
internal sealed record OperatorKeyState
{
    public OperatorKey? Key { get; init; }
}
