using Fleet.Bench;
using Fleet.Bench.Models;

namespace Fleet.Analytics.Tests;

public sealed class ScoringTests
{
    [Fact]
    public void The_scoring_gives_the_published_scores_of_three_detectors()
    {
        foreach (var row in DetectionArea.Check(Nab())) Assert.Equal(row.Reference!.Value, row.Value, 6);
    }

    [Fact]
    public void The_detector_keeps_its_score_on_the_public_benchmark()
    {
        foreach (var row in DetectionArea.Nab(Nab()).Where(r => r.Goal is not null)) Assert.True(row.Met, $"{row.Name}: {row.Value:F1}, goal {row.Goal}");
    }

    private static NabCorpus Nab()
    {
        var path = Areas.FindData("nab/nab_data_labels.tar.gz");
        Assert.SkipWhen(path is null, "the public data isn't beside the repository");
        return NabCorpus.Load(path!);
    }
}
