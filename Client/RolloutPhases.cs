using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>What the phases of a rollout mean to who waits for it.</summary>
public static class RolloutPhases
{
    /// <summary>Whether a rollout in this phase goes no further by itself, nor waits for anybody.</summary>
    public static bool HasEnded(this RolloutPhase phase) => phase is RolloutPhase.Succeeded or RolloutPhase.RolledBack or RolloutPhase.Stopped
        or RolloutPhase.NeedsHuman or RolloutPhase.Refused;
}
