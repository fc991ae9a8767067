using System.Text.Json;
using Fleet.Analytics.Learning;
using Fleet.Bench;
using Fleet.Bench.Models;

namespace Fleet.Analytics.Tests;

public sealed class LearningTests
{
    [Fact]
    public void Boosted_trees_learn_what_no_line_separates_and_logistic_regression_what_one_does()
    {
        var (rows, crossed, above) = Points(1, 2000);
        var (fresh, freshCrossed, freshAbove) = Points(2, 500);

        Assert.True(Champion.Brier(new BoostedTrees().Train(rows, crossed), fresh, freshCrossed) < .05);
        Assert.True(Champion.Brier(new LogisticRegression().Train(rows, crossed), fresh, freshCrossed) > .2);
        Assert.True(Champion.Brier(new LogisticRegression().Train(rows, above), fresh, freshAbove) < .05);
    }

    [Fact]
    public void A_challenger_takes_over_only_when_better_on_data_held_back()
    {
        var (rows, crossed, _) = Points(3, 1000);
        var (held, heldCrossed, _) = Points(4, 500);
        var (good, poor) = (new BoostedTrees().Train(rows, crossed), new LogisticRegression().Train(rows, crossed));

        var first = Champion.Next(null, poor, held, heldCrossed);
        var second = Champion.Next(first, good, held, heldCrossed);

        Assert.Equal(2, second.Version);
        Assert.Same(second, Champion.Next(second, poor, held, heldCrossed));
        Assert.Same(second, Champion.Next(second, good, held, heldCrossed));
    }

    [Fact]
    public void A_stored_model_restores_to_the_same_answers_and_to_the_same_text()
    {
        var (rows, crossed, _) = Points(9, 400);
        var (fresh, _, _) = Points(10, 200);
        fresh.Add([double.NaN, double.NegativeInfinity]);

        foreach (ITrainer trainer in (ITrainer[])[new BoostedTrees(), new LogisticRegression(), new CalibratedTrainer(new BoostedTrees())])
        {
            var model = new VersionedModel(3, trainer.Train(rows, crossed), .1);
            var restored = Restored(model);
            Assert.Equal(3, restored.Version);
            Assert.All(fresh, row => Assert.Equal(model.Model.Probability(row), restored.Model.Probability(row)));
        }

        var forest = new IsolationForest(trees: 20).Train(rows);
        Assert.All(fresh, row => Assert.Equal(forest.Score(row), Restored(forest).Score(row)));
        var axes = PrincipalComponents.Of(rows);
        Assert.Equal(axes.Standardise(fresh[0]), Restored(axes).Standardise(fresh[0]));

        static T Restored<T>(T model)
        {
            var text = JsonSerializer.Serialize(model, JsonSerializerOptions.Web);
            var restored = JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!;
            Assert.Equal(text, JsonSerializer.Serialize(restored, JsonSerializerOptions.Web));
            return restored;
        }
    }

    [Fact]
    public void Broken_features_give_a_probability_all_the_same()
    {
        var (rows, crossed, _) = Points(5, 300);
        foreach (ITrainer trainer in (ITrainer[])[new BoostedTrees(), new LogisticRegression()])
        {
            rows[0][0] = double.NaN;
            var model = trainer.Train(rows, crossed);
            Assert.InRange(model.Probability([double.NaN, double.PositiveInfinity]), 0, 1);
            Assert.InRange(model.Probability([double.MaxValue, -double.MaxValue]), 0, 1);
        }
    }

    [Fact]
    public void Calibration_makes_a_boaster_honest_and_keeps_the_order()
    {
        var random = new Random(8);
        double[] said = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble())];
        bool[] came = [.. said.Select(s => random.NextDouble() < s * s)];

        var calibration = IsotonicCalibration.Of(said, came);

        for (var s = .1; s < .95; s += .1) Assert.Equal(s * s, calibration.Map(s), .1);
        Assert.True(Enumerable.Range(0, 99).All(i => calibration.Map(i / 100.0) <= calibration.Map((i + 1) / 100.0)));
        Assert.InRange(calibration.Map(-1), 1e-9, .1);
        Assert.InRange(calibration.Map(2), .8, 1 - 1e-9);
    }

    [Fact]
    public void Another_trainer_can_be_put_behind_the_interface_and_is_calibrated_like_ours()
    {
        var (rows, crossed, _) = Points(10, 1000);
        var (held, heldCrossed, _) = Points(11, 500);
        var raw = new Boaster().Train(rows, crossed);
        var calibrated = new CalibratedTrainer(new Boaster()).Train(rows, crossed);

        Assert.True(Champion.Brier(calibrated, held, heldCrossed) < Champion.Brier(raw, held, heldCrossed));
    }

    [Fact]
    public void What_is_far_from_all_others_is_soon_alone()
    {
        var random = new Random(9);
        List<double[]> rows = [.. Enumerable.Range(0, 1000).Select(_ => (double[])[Series.Normal(random), Series.Normal(random)])];

        var forest = new IsolationForest().Train(rows);

        Assert.True(forest.Score([6, 6]) > .6 && forest.Score([0, 0]) < .5);
        Assert.True(forest.Score([6, 6]) > forest.Score([2, 2]) && forest.Score([2, 2]) > forest.Score([0, 0]));
        Assert.Equal(forest.Score([1, 1]), new IsolationForest().Train(rows).Score([1, 1]));
        Assert.InRange(forest.Score([double.NaN, double.PositiveInfinity]), 0, 1);
    }

    [Fact]
    public void Windows_in_change_or_anomalous_without_an_outcome_are_not_learned()
    {
        var log = new OutcomeLog();
        log.Add([1], failed: false, anomalous: false, inChange: false);
        log.Add([2], failed: true, anomalous: true, inChange: false);
        log.Add([3], failed: false, anomalous: true, inChange: false);
        log.Add([4], failed: true, anomalous: false, inChange: true);

        Assert.Equal([1.0, 2.0], log.Rows.Select(r => r[0]));
        Assert.Equal([false, true], log.Failed);
    }

    [Fact]
    public void An_anomaly_is_learned_only_when_it_outlasts_all_patience_and_a_change_never()
    {
        var (gate, now) = (default(LearningGate), new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
        gate = gate.Add(now, false, false, out var calm).Add(now, false, true, out var change).Add(now, true, false, out var odd);
        gate = gate.Add(now + LearningGate.Patience, true, false, out var lasting).Add(now + LearningGate.Patience, false, false, out _);
        gate.Add(now + LearningGate.Patience + TimeSpan.FromHours(1), true, false, out var anew);

        Assert.Equal((true, false, false, true, false), (calm, change, odd, lasting, anew));
    }

    [Fact]
    public void Training_twice_gives_the_same_bits()
    {
        var (rows, crossed, _) = Points(6, 300);
        Assert.Equal(new BoostedTrees().Train(rows, crossed).Probability([.3, .8]), new BoostedTrees().Train(rows, crossed).Probability([.3, .8]));
    }

    [Fact]
    public void Failures_of_a_hundred_machines_are_foreseen()
    {
        var path = Areas.FindData("failure/azure_pdm_events_and_cmapss.tar");
        Assert.SkipWhen(path is null, "the public data isn't beside the repository");
        Assert.All(ModelsArea.Rows(MaintenanceEvents.Load(path!), new BoostedTrees(rounds: 30), false).Where(r => r.Goal is not null), r => Assert.True(r.Met, $"{r.Name}: {r.Value:F3}"));
    }

    [Fact]
    public void The_first_axis_of_two_features_that_move_together_is_their_sum()
    {
        var random = new Random(7);
        double[][] rows = [.. Enumerable.Range(0, 500).Select(_ => Series.Normal(random)).Select(x => (double[])[10 * x, x + .1 * Series.Normal(random), Series.Normal(random)])];

        var pca = PrincipalComponents.Of(rows);

        Assert.Equal(Math.Abs(pca.Axes[0][0]), Math.Abs(pca.Axes[0][1]), .05);
        Assert.Equal(1, pca.Shares.Sum(), 1e-9);
        Assert.True(pca.Shares[0] > .6 && pca.Shares[2] < .05);
    }

    /// <summary>Another's trainer: knows the rule and is far too sure of it.</summary>
    private sealed class Boaster : ITrainer, IClassifier
    {
        public IClassifier Train(IReadOnlyList<double[]> rows, IReadOnlyList<bool> positive) => this;

        public double Probability(ReadOnlySpan<double> features) => features[0] > .5 ? .99 : .01;
    }

    private static (List<double[]> Rows, List<bool> Crossed, List<bool> Above) Points(int seed, int count)
    {
        var random = new Random(seed);
        List<double[]> rows = [.. Enumerable.Range(0, count).Select(_ => (double[])[random.NextDouble(), random.NextDouble()])];
        return (rows, [.. rows.Select(r => r[0] > .5 != r[1] > .5)], [.. rows.Select(r => r[0] + r[1] > 1)]);
    }
}
