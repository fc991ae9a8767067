using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>Rollouts and their targets, for people.</summary>
internal static class RolloutView
{
    public static IRenderable Render(Rollout rollout) => Tables.Stack([Tables.Facts(Facts(rollout)), .. Tables.Section("Waves", Waves(rollout))]);

    public static Table Rows(IEnumerable<Rollout> rollouts)
    {
        var table = Tables.List("rollout", "patch", "phase", "wave", "targets", "requested", "detail");
        foreach (var rollout in rollouts)
            table.Row(
                rollout.Id, $"{rollout.Spec?.Image}/{rollout.Spec?.Patch}", Words.Of(rollout.Phase), Wave(rollout), Words.Of(rollout.Counts),
                Words.At(rollout.Requested), Words.Of(rollout.Detail));
        return table;
    }

    public static Table Targets(IEnumerable<Target> targets)
    {
        var table = Tables.List("instance", "wave", "state", "since", "change", "reason");
        foreach (var target in targets)
            table.Row(
                $"{target.Resource}/{target.Instance}", target.Wave == 0 ? Words.None : $"{target.Wave}", Words.Of(target.State),
                Words.At(target.Since), Words.Of(target.Change), Words.Of(target.Reason));
        return table;
    }

    /// <summary>How many instances it is for.</summary>
    public static long Size(Rollout rollout) => rollout.Waves.Sum(w => w.Size);

    private static string Wave(Rollout rollout) => rollout.Wave == 0 ? Words.None : $"{rollout.Wave} of {rollout.Waves.Count}";

    private static IEnumerable<(string, string)> Facts(Rollout rollout)
    {
        yield return ("rollout", rollout.Id);
        yield return ("patch", $"{rollout.Spec?.Image}/{rollout.Spec?.Patch}");
        yield return ("phase", Words.Of(rollout.Phase));
        if (rollout.Reason.Length > 0) yield return ("because", rollout.Reason);
        if (rollout.Detail.Length > 0) yield return ("detail", rollout.Detail);
        if (rollout.Wave > 0) yield return ("wave", Wave(rollout));
        yield return ("targets", $"{Size(rollout)}: {Words.Of(rollout.Counts)}");
        if (rollout.Spec?.Lane == Lane.Emergency) yield return ("lane", "emergency");
        if (rollout.Spec?.Reason is { Length: > 0 } why) yield return ("reason", why);
        yield return ("requested", $"{Words.At(rollout.Requested)} by {Words.Of(rollout.RequestedBy)}");
        if (rollout.LastDispatch is { } dispatch) yield return ("last dispatch", Words.At(dispatch));
        if (rollout.HeldSince is { } held) yield return ("held since", Words.At(held));
        if (rollout.Ended is { } ended) yield return ("ended", $"{Words.At(ended)}{After(rollout)}");
        if (rollout.RollbackTook is { } took) yield return ("rollback", $"took {took.ToTimeSpan().TotalSeconds:0.0} s");
    }

    private static string After(Rollout rollout) =>
        rollout.Requested is { } requested ? $", after {(rollout.Ended - requested).ToTimeSpan().TotalSeconds:0.0} s" : "";

    private static Table Waves(Rollout rollout)
    {
        var table = Tables.List("wave", "size", "verdict", "targets", "opened", "judged", "reason");
        foreach (var wave in rollout.Waves)
            table.Row(
                $"{wave.Number}", $"{wave.Size}", wave.Verdict == Verdict.Unspecified ? Words.None : Words.Of(wave.Verdict), Words.Of(wave.Counts),
                Words.At(wave.Opened), Words.At(wave.Judged), Words.Of(wave.Reason));
        return table;
    }
}
