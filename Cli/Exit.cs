using Grpc.Core;

namespace Fleet.Cli;

/// <summary>Exit codes: what a script may rely on.</summary>
internal static class Exit
{
    public const int Good = 0;
    public const int EndedBadly = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int Unreachable = 4;
    public const int NotFound = 5;
    public const int Unauthorised = 6;
    public const int Interrupted = 130;

    /// <summary>The part of the help that documents them.</summary>
    public const string Help = """
        Exit codes:
          0    good
          1    what was followed ended badly: a change that was not committed, a rollout that did not succeed or waits for a person;
               or a check failed, or a plan could not be started
          2    wrong usage: arguments, or files that can't be used
          3    the engine refused
          4    the engine can't be reached, or did not answer in time
          5    not found
          6    unauthorised: no key, a wrong key, or one that may not do this
          130  interrupted
        """;

    public static int Of(StatusCode status) => status switch
    {
        StatusCode.OK => Good,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => Unreachable,
        StatusCode.NotFound => NotFound,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => Unauthorised,
        _ => Refused,
    };
}
