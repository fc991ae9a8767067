using Fleet.Analytics.Learning;

namespace Fleet.Bench.Models;

/// <summary>Failure prediction from recorded events.</summary>
internal static class ModelsArea
{
    private const string Area = "models";

    public static Task<IReadOnlyCollection<Row>> Run(string[] arguments) =>
        Task.FromResult<IReadOnlyCollection<Row>>([.. Rows(MaintenanceEvents.Load(Areas.Data("failure/azure_pdm_events_and_cmapss.tar")), new BoostedTrees(), true)]);

    public static IEnumerable<Row> Rows(MaintenanceEvents events, ITrainer trees, bool all)
    {
        var boosted = trees.Train(events.Learn, events.LearnFailed);
        var rule = AucPr([.. events.Test.Select(r => r[..5].Sum())], events.TestFailed);
        yield return new(Area, "failure within 24 h, boosted trees: AUC-PR, reference the count of errors", AucPr([.. events.Test.Select(r => boosted.Probability(r))], events.TestFailed), "", Better.High, rule, .95);
        yield return new(Area, "failure within 24 h, boosted trees: Brier skill over the base rate", Skill(boosted, events), "", Better.High, 0, 0);
        if (!all) yield break;
        var calibrated = new CalibratedTrainer(trees).Train(events.Learn, events.LearnFailed);
        yield return new(Area, "failure within 24 h, boosted trees: distance of what is said from what came true", Miscalibration(boosted, events), "", Better.Low);
        yield return new(Area, "failure within 24 h, trees calibrated on a quarter held back: Brier skill over the base rate", Skill(calibrated, events), "", Better.High, 0, 0);
        yield return new(Area, "failure within 24 h, trees calibrated on a quarter held back: distance of what is said from what came true", Miscalibration(calibrated, events), "", Better.Low);
        var logistic = new LogisticRegression().Train(events.Learn, events.LearnFailed);
        yield return new(Area, "failure within 24 h, logistic regression: AUC-PR", AucPr([.. events.Test.Select(r => logistic.Probability(r))], events.TestFailed), "", Better.High, rule);
        yield return new(Area, "failure within 24 h, logistic regression: Brier skill over the base rate", Skill(logistic, events), "", Better.High, 0);
        var logisticCalibrated = new CalibratedTrainer(new LogisticRegression()).Train(events.Learn, events.LearnFailed);
        yield return new(Area, "failure within 24 h, logistic regression calibrated: Brier skill over the base rate", Skill(logisticCalibrated, events), "", Better.High, 0);
    }

    private static double Skill(IClassifier model, MaintenanceEvents events)
    {
        var rate = events.LearnFailed.Average(f => f ? 1.0 : 0);
        return 1 - Champion.Brier(model, events.Test, events.TestFailed) / events.TestFailed.Average(f => Math.Pow(rate - (f ? 1 : 0), 2));
    }

    /// <summary>The mean distance of the probabilities from the shares that came true, in tenths of probability.</summary>
    private static double Miscalibration(IClassifier model, MaintenanceEvents events)
    {
        var said = events.Test.Select(r => model.Probability(r)).ToArray();
        return Enumerable.Range(0, said.Length).GroupBy(i => Math.Min(9, (int)(10 * said[i])))
            .Sum(g => Math.Abs(g.Average(i => said[i]) - g.Average(i => events.TestFailed[i] ? 1.0 : 0)) * g.Count()) / said.Length;
    }

    /// <summary>Average precision; equal scores are one step.</summary>
    private static double AucPr(double[] scores, List<bool> positive)
    {
        var (found, seen, area, total) = (0, 0, 0.0, positive.Count(p => p));
        foreach (var step in Enumerable.Range(0, scores.Length).GroupBy(i => scores[i]).OrderByDescending(g => g.Key))
        {
            var hits = step.Count(i => positive[i]);
            (found, seen) = (found + hits, seen + step.Count());
            area += (double)hits / total * found / seen;
        }
        return area;
    }
}
