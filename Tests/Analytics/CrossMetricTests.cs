using Fleet.Analytics.CrossMetric;
using Fleet.Bench;
using Fleet.Bench.Models;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class CrossMetricTests
{
    [Fact]
    public void A_metric_that_leaves_its_companions_is_blamed_though_it_stays_in_its_own_range()
    {
        var (model, random) = (new CrossMetricModel(4), new Random(1));
        var usual = 0.0;
        for (var i = 0; i < 3000; i++) usual = model.Add(Together(random, i)).Score;
        var sample = Together(random, 3000);
        sample[2] = -sample[2];

        var finding = model.Add(sample);

        Assert.True(finding.Score > 3 * usual, $"{finding.Score} after {usual}");
        Assert.True(finding.Alerting);
        Assert.Equal(2, Enumerable.Range(0, 4).MaxBy(m => Math.Abs(model.Blame[m])));
    }

    [Fact]
    public void What_it_alerts_on_is_hardly_learned()
    {
        var (model, random) = (new CrossMetricModel(4), new Random(2));
        for (var i = 0; i < 3000; i++) model.Add(Together(random, i));
        double[] odd = [5, 5, -5, 5];
        var first = model.Add(odd).Score;
        for (var i = 0; i < 200; i++) model.Add(odd);

        Assert.True(model.Add(odd).Score > first / 2);
    }

    [Property(MaxTest = 10)]
    public void A_packed_model_restores_to_the_same_answers(int seed, ushort at)
    {
        var (model, restored, random) = (new CrossMetricModel(4), new CrossMetricModel(4), new Random(seed));
        for (var i = 0; i < 1000; i++)
        {
            var sample = Together(random, i);
            Assert.Equal(model.Add(sample), restored.Add(sample));
            if (i == at % 1000) restored = CrossMetricModel.Unpack(model.Pack());
        }
        Assert.Equal(model.Pack(), restored.Pack());
        Assert.Equal(model.Blame, restored.Blame);
    }

    [Property(MaxTest = 30)]
    public void No_input_makes_not_a_number_leave(double[] samples)
    {
        var model = new CrossMetricModel(3);
        for (var i = 0; i < 600; i++)
        {
            double At(int k) => samples.Length == 0 ? double.NaN : samples[(i + k) % samples.Length];
            var finding = model.Add([At(0), At(1), double.NaN]);
            Assert.True(double.IsFinite(finding.Score));
            Assert.All(model.Blame, b => Assert.True(double.IsFinite(b)));
        }
    }

    [Fact]
    public void Public_data_is_scored_as_well_as_was_promised()
    {
        var path = Areas.FindData("multivariate/smd_asd_shared.npz");
        Assert.SkipWhen(path is null, "the public data isn't beside the repository");
        var rows = MultivariateArea.Rows(Npy.Load(path!, _ => true)).ToArray();
        Assert.All(rows.Where(r => r.Goal is not null), r => Assert.True(r.Met, $"{r.Name}: {r.Value:F3}"));
        Assert.All(rows.Where(r => r.Name.Contains("PCA", StringComparison.Ordinal)), r => Assert.Equal(r.Reference!.Value, r.Value, 1e-4));
    }

    private static double[] Together(Random random, int i)
    {
        var load = 3 * Math.Sin(i * .01) + Series.Normal(random);
        return [.. Enumerable.Range(0, 4).Select(_ => load + .1 * Series.Normal(random) + (load < 0 ? -.5 : .5))];
    }
}
