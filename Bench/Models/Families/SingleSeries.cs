using Fleet.Analytics.Detection;
using Fleet.Analytics.Learning;

namespace Fleet.Bench.Models.Families;

/// <summary>The families of detectors that the field expects, each as a stream over one series with one setting, to be measured against ours.</summary>
internal static class SingleSeries
{
    private const int Window = 24;

    public static (string Name, Func<double[], double[]> Scores)[] All { get; } =
    [
        ("moving statistics (mean and deviation of about 100)", MovingStatistics),
        ("ARIMA residual (12 lags, recursive least squares)", Residual),
        ("isolation forest (windows of 24, 25 trees, again each 1 000)", Forest),
        ("one-class (kernel mean of windows of 24)", OneClass),
        ("autoencoder (windows of 24, 6 hidden)", Autoencode),
    ];

    /// <summary>A family's scores as ours are told: by new extremes of them, counted by age, less what was lately said. Told plainly, each alarms all through an odd stretch, and NAB takes every sample of it for a false alarm.</summary>
    public static double[] Told(double[] family)
    {
        const int Young = 200, Unsure = 500;
        const double Rest = .98;
        var (range, told, seen, said) = (default(RangeNovelty), new double[family.Length], 0, 0.0);
        for (var i = 0; i < told.Length; i++)
        {
            if (family[i] == 0) continue;
            range = range.Add((float)family[i], out var extreme);
            if (++seen <= Young) continue;
            var news = (double)extreme * seen / (seen + Unsure);
            told[i] = Math.Max(0, news - said * Rest);
            said = Math.Max(news, said * Rest);
        }
        return told;
    }

    private static double[] MovingStatistics(double[] values)
    {
        var (scores, moments) = (new double[values.Length], new Moments());
        for (var i = 0; i < values.Length; i++)
        {
            if (i > Window) scores[i] = Math.Abs(moments.Standardise(values[i]));
            moments.Add(values[i]);
        }
        return scores;
    }

    private static double[] Residual(double[] values)
    {
        var (scores, moments, model, usual) = (new double[values.Length], new Moments(), new AutoRegression(12), 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            moments.Add(values[i]);
            var error = Math.Abs(model.Add(moments.Standardise(values[i])));
            if (i > 4 * Window) scores[i] = error / (usual + .01);
            usual += .01 * (error - usual);
        }
        return scores;
    }

    private static double[] Forest(double[] values)
    {
        const int Again = 1000, Kept = 2000;
        var (scores, forest) = (new double[values.Length], default(IAnomalyModel));
        for (var i = Window; i < values.Length; i++)
        {
            if (forest is not null) scores[i] = forest.Score(values.AsSpan(i - Window + 1, Window));
            if (i % Again != Again / 2) continue;
            var every = Math.Max(1, i / Kept);
            forest = new IsolationForest(trees: 25).Train([.. Enumerable.Range(Window, i - Window + 1).Where(at => at % every == 0).Select(at => values[(at - Window + 1)..(at + 1)])]);
        }
        return scores;
    }

    private static double[] OneClass(double[] values)
    {
        var (scores, model, range, row) = (new double[values.Length], new KernelMean(Window, .1), default(RangeNovelty), new double[Window]);
        for (var i = 0; i < values.Length; i++)
        {
            range = range.Add((float)values[i], out _);
            if (i < Window || range.Width <= 0) continue;
            for (var k = 0; k < Window; k++) row[k] = (values[i - k] - range.Low) / range.Width;
            scores[i] = model.Add(row);
        }
        return scores;
    }

    private static double[] Autoencode(double[] values)
    {
        var (scores, model, moments, row) = (new double[values.Length], new Autoencoder(Window, 6), new Moments(.001), new double[Window]);
        for (var i = 0; i < values.Length; i++)
        {
            moments.Add(values[i]);
            if (i < Window) continue;
            for (var k = 0; k < Window; k++) row[k] = Math.Clamp(moments.Standardise(values[i - k]), -10, 10);
            scores[i] = model.Add(row);
        }
        return scores;
    }

    /// <summary>A moving mean and deviation.</summary>
    private sealed class Moments(double rate = .02)
    {
        private double _mean;
        private double _variance;
        private long _count;

        public void Add(double value)
        {
            var step = Math.Max(rate, 1.0 / ++_count);
            var off = value - _mean;
            _mean += step * off;
            _variance = (1 - step) * (_variance + step * off * off);
        }

        public double Standardise(double value) => (value - _mean) / (Math.Sqrt(_variance) + 1e-6 * Math.Abs(_mean) + 1e-9);
    }
}
