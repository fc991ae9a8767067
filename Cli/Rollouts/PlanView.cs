using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>What a rollout would do, for people.</summary>
internal static class PlanView
{
    public static IRenderable Render(RolloutPlan plan) => Tables.Stack(
    [
        Tables.Facts(Facts(plan)),
        .. Tables.Section("Waves", Waves(plan)),
        .. Tables.Section(plan.Sample.Count < plan.Targets + plan.LeftOut ? $"The first {plan.Sample.Count} instances" : "Instances", Targets(plan)),
    ]);

    private static IEnumerable<(string, string)> Facts(RolloutPlan plan)
    {
        yield return ("plan", plan.Refusal.Length > 0 ? "refused" : "can start");
        if (plan.Refusal.Length > 0) yield return ("because", $"{plan.Refusal}: {plan.RefusalDetail}");
        if (plan.Rollout.Length > 0) yield return ("as rollout", plan.Rollout);
        yield return ("targets", $"{plan.Targets}");
        yield return ("left out", $"{plan.LeftOut}");
        foreach (var reason in plan.WaitsFor) yield return ("waits for", reason);
    }

    private static Table Waves(RolloutPlan plan)
    {
        var table = Tables.List("wave", "size", "cumulative", "reason");
        foreach (var wave in plan.Waves) table.Row($"{wave.Number}", $"{wave.Size}", $"{wave.Cumulative}", Words.Of(wave.Reason));
        return table;
    }

    private static Table Targets(RolloutPlan plan)
    {
        var table = Tables.List("instance", "wave", "reason");
        foreach (var target in plan.Sample)
            table.Row($"{target.Resource}/{target.Instance}", target.Wave == 0 ? "left out" : $"{target.Wave}", Words.Of(target.Reason));
        return table;
    }
}
