using Fleet.Protocol.V1;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>A change, for people.</summary>
internal static class ChangeView
{
    public static IRenderable Render(Change change) => Tables.Facts(Facts(change));

    public static IEnumerable<(string, string)> Facts(Change change)
    {
        yield return ("change", change.Id);
        yield return ("instance", $"{change.Resource}/{change.Instance}");
        if (change.Patch.Length > 0) yield return ("patch", change.Patch);
        if (change.Undoes.Length > 0) yield return ("takes back", change.Undoes);
        yield return ("phase", Words.Phase(change.Phase));
        if (change.Detail.Length > 0) yield return ("detail", change.Detail);
        if (change.Reason.Length > 0) yield return ("reason", change.Reason);
        yield return ("requested", $"{Words.At(change.Requested)} by {Words.Of(change.RequestedBy)}");
        if (change.Ended is { } ended) yield return ("ended", $"{Words.At(ended)}{Took(change)}");
        else yield return ("deadline", Words.At(change.Deadline));
        if (change.RollbackMs > 0) yield return ("rollback", $"{change.RollbackMs:0} ms, {(change.RollbackWarm ? "warm" : "cold")}");
        if (change.ByAgent) yield return ("decided by", "the agent alone");
    }

    private static string Took(Change change) =>
        change.Requested is { } requested ? $", after {(change.Ended - requested).ToTimeSpan().TotalSeconds:0.0} s" : "";
}
