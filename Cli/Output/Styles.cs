using Spectre.Console;

namespace Fleet.Cli;

/// <summary>Colours by meaning; they repeat what the words say, and never say anything alone.</summary>
internal static class Styles
{
    public static readonly Style Quiet = new(Color.Grey);
    public static readonly Style Heading = new(decoration: Decoration.Bold);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Moving = new(Color.Yellow);
    private static readonly Style Bad = new(Color.Red);

    public static Style Of(string word) => word switch
    {
        "committed" or "verified" or "healthy" or "valid" or "succeeded" or "pass" or "held" => Good,
        "requested" or "admitted" or "prepared" or "applied" or "effective" or "rolling back"
            or "planning" or "waiting" or "dispatching" or "dispatched" or "baking" or "paused" or "stopping" or "taking" or "inconclusive" => Moving,
        "failed" or "rolled back" or "needs human" or "expired" or "rejected" or "unhealthy" or "not valid"
            or "halted" or "stopped" or "refused" or "fail" or "offline" => Bad,
        _ => Style.Plain,
    };
}
