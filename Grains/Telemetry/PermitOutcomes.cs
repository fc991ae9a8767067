using Fleet.Scheduling;

namespace Fleet.Telemetry;

/// <summary>A few words for the sentences in which the scheduler refuses a permit. Pure.</summary>
internal static class PermitOutcomes
{
    public static ImmutableArray<string> All { get; } = ["GRANTED", "STARTING", "NOT_ADMITTED", "HELD", "FROZEN", "QUEUED", "OTHER"];

    public static string Of(Permit permit) => permit switch
    {
        { Granted: true } => "GRANTED",
        { Reason: var reason } when reason.StartsWith("the engine has just started", StringComparison.Ordinal) => "STARTING",
        { Reason: "the rollout isn't admitted" } => "NOT_ADMITTED",
        { Reason: "the rollout is held" } => "HELD",
        { Reason: var reason } when reason.StartsWith("freeze '", StringComparison.Ordinal) => "FROZEN",
        { Reason: var reason } when reason.Contains(" rollouts go first", StringComparison.Ordinal) => "QUEUED",
        _ => "OTHER",
    };
}
