using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>What the phases of a change mean to who waits for it.</summary>
public static class ChangePhases
{
    /// <summary>Whether a change in this phase goes no further.</summary>
    public static bool HasEnded(this ChangePhase phase) => phase is ChangePhase.Committed or ChangePhase.RolledBack or ChangePhase.NeedsHuman
        or ChangePhase.Expired or ChangePhase.Superseded or ChangePhase.Cancelled or ChangePhase.Rejected;
}
