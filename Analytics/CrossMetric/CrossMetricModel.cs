namespace Fleet.Analytics.CrossMetric;

/// <summary>What several metrics of one resource say together.</summary>
/// <param name="Score">How unusual the sample is, with a hold that decays; 0 while the model is young.</param>
/// <param name="Alerting">Whether the score is among the highest; hardly anything is learned meanwhile.</param>
public readonly record struct CrossMetricFinding(double Score, bool Alerting);

/// <summary>Learns how the metrics of one resource move together, and scores each sample by what the metrics don't explain of each other.</summary>
/// <remarks>
/// A decaying mean and covariance; its ridge inverse gives each metric's residual given all others (Lauritzen, "Graphical Models", 1996, 5.1), which is the part of the sample
/// that the leading components of a PCA leave over, without choosing how many lead. Residuals count by their logarithm, so that one wild metric can't outshout many that are slightly off.
/// One writer. Metrics that are not finite count as unremarkable.
/// </remarks>
public sealed partial class CrossMetricModel
{
    private const int Warm = 256;
    private const int RefitEvery = 64;
    private const double Ridge = .05;
    private const double Hold = .97;
    private const double AlertShare = .02;
    private const double QuantileStep = .003;
    private const double WidestDeviation = 30;

    private readonly double[] _mean;
    private readonly double[,] _covariance;
    private readonly double[] _scale;
    private readonly double[] _residuals;
    private readonly double _memory;
    private double[,] _inverse;
    private double _held;
    private double _alertAbove;
    private long _count;

    /// <summary>For this many metrics, forgetting half in about 0.7 of this many samples.</summary>
    public CrossMetricModel(int metrics, double memory = 20_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(metrics, 1);
        (_mean, _scale, _residuals) = (new double[metrics], new double[metrics], new double[metrics]);
        (_covariance, _inverse, _memory) = (new double[metrics, metrics], new double[metrics, metrics], memory);
    }

    /// <summary>How far each metric of the latest sample is from what the others lead to expect, in deviations.</summary>
    public IReadOnlyList<double> Blame => _residuals;

    /// <summary>Takes in one sample of all metrics. While it alerts, it hardly learns.</summary>
    public CrossMetricFinding Add(ReadOnlySpan<double> sample)
    {
        if (sample.Length != _mean.Length) throw new ArgumentException($"{sample.Length} metrics for a model of {_mean.Length}", nameof(sample));

        var score = _count >= Warm ? Score(sample) : 0;
        _held = Math.Max(score, _held * Hold + (1 - Hold) * score);
        if (_alertAbove == 0) _alertAbove = 2 * score;
        var alerting = score > _alertAbove;
        // The quantile climbs slowly, so that an alert that lasts a few hundred samples doesn't become the rule.
        _alertAbove *= 1 + QuantileStep * ((alerting ? 1 : 0) - AlertShare);
        // A level that lasts is the new normal in the end: an alert slows learning to a fiftieth rather than stopping it for ever.
        Learn(sample, alerting ? .02 : 1);
        return new(_held, alerting);
    }

    private double Score(ReadOnlySpan<double> sample)
    {
        var n = _mean.Length;
        Span<double> z = n <= 128 ? stackalloc double[n] : new double[n];
        for (var i = 0; i < n; i++) z[i] = Deviation(sample[i], i);
        var sum = 0.0;
        for (var i = 0; i < n; i++)
        {
            var projected = 0.0;
            for (var j = 0; j < n; j++) projected += _inverse[i, j] * z[j];
            _residuals[i] = projected / Math.Sqrt(Math.Max(_inverse[i, i], 1e-12));
            sum += Math.Log(1 + _residuals[i] * _residuals[i]);
        }
        return sum / n;
    }

    private double Deviation(double value, int metric) =>
        !double.IsFinite(value) || _scale[metric] <= 0 ? 0 : Math.Clamp((value - _mean[metric]) / _scale[metric], -WidestDeviation, WidestDeviation);

    private void Learn(ReadOnlySpan<double> sample, double weight)
    {
        _count++;
        var n = _mean.Length;
        var step = weight * Math.Max(1.0 / _count, 1 / _memory);
        Span<double> before = n <= 128 ? stackalloc double[n] : new double[n];
        for (var i = 0; i < n; i++)
        {
            before[i] = double.IsFinite(sample[i]) ? Math.Clamp(sample[i], -1e100, 1e100) - _mean[i] : 0;
            _mean[i] += step * before[i];
        }
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++) _covariance[i, j] += step * ((1 - step) * before[i] * before[j] - _covariance[i, j]);
        }
        if (_count >= Warm && (_count % RefitEvery == 0 || _count == Warm)) Refit();
    }

    private void Refit()
    {
        var n = _mean.Length;
        var correlation = new double[n, n];
        // A metric that hardly ever moves still has a scale: a thousandth of its level, so that its first move is news but not infinite.
        for (var i = 0; i < n; i++) _scale[i] = Math.Sqrt(Math.Max(_covariance[i, i], 0)) + 1e-3 * Math.Abs(_mean[i]) + 1e-4;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) correlation[i, j] = _covariance[Math.Max(i, j), Math.Min(i, j)] / (_scale[i] * _scale[j]) + (i == j ? Ridge : 0);
        }
        _inverse = Numerics.Matrix.Inverse(correlation);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++) _inverse[j, i] = _inverse[i, j];
        }
    }
}
