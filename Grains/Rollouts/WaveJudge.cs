namespace Fleet.Rollouts;

/// <summary>Judges what was seen of the changed instances. Three values; no data is inconclusive. Pure.</summary>
internal static class WaveJudge
{
    /// <param name="failures">Targets that failed by themselves.</param>
    /// <param name="evidence">What is seen of the verified ones, after the bake.</param>
    public static (Verdict Verdict, string Reason) Judge(int failures, int allowed, WaveEvidence evidence)
    {
        var ill = evidence.Unhealthy + evidence.Crashed + evidence.Erring;
        if (failures + ill > allowed)
            return (Verdict.Fail, $"{failures} failed, {evidence.Unhealthy} unhealthy, {evidence.Crashed} crashed, {evidence.Erring} with errors; {allowed} allowed{After(evidence.Detail)}");
        if (evidence.Healthy + ill == 0) return (Verdict.Inconclusive, "no changed instance can be seen");
        return evidence.Unknown > 0
            ? (Verdict.Inconclusive, $"nothing is heard of {evidence.Unknown} changed instances{After(evidence.Detail)}")
            : (Verdict.Pass, $"{evidence.Healthy} healthy{(failures + ill > 0 ? $", {failures + ill} of {allowed} allowed failures" : "")}");
    }

    private static string After(string detail) => detail == "" ? "" : $": {detail}";
}
