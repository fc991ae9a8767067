namespace Fleet.Bench.Models.Families;

/// <summary>The ARIMA class at its smallest: a value from the last few and a constant, by recursive least squares that forget.</summary>
/// <remarks>Ljung, "System Identification", 11.2.</remarks>
internal sealed class AutoRegression(int lags, double memory = 1000)
{
    private readonly double[,] _covariance = Diagonal(lags + 1);
    private readonly double[] _weights = new double[lags + 1];
    private readonly double[] _past = Enumerable.Repeat(1.0, lags + 1).ToArray();
    private readonly double[] _gain = new double[lags + 1];
    private int _seen;

    /// <summary>What the value differs from what was expected; learns it.</summary>
    public double Add(double value)
    {
        var n = _weights.Length;
        var error = value;
        if (_seen >= lags)
        {
            var forget = 1 - 1 / memory;
            var norm = forget;
            for (var i = 0; i < n; i++)
            {
                error -= _weights[i] * _past[i];
                _gain[i] = 0;
                for (var j = 0; j < n; j++) _gain[i] += _covariance[i, j] * _past[j];
            }
            for (var i = 0; i < n; i++) norm += _past[i] * _gain[i];
            for (var i = 0; i < n; i++) _weights[i] += error * _gain[i] / norm;
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++) _covariance[i, j] = Math.Clamp((_covariance[i, j] - _gain[i] * _gain[j] / norm) / forget, -1e6, 1e6);
            }
        }
        for (var i = n - 2; i > 0; i--) _past[i] = _past[i - 1];
        _past[0] = value;
        _seen++;
        return _seen > lags ? error : 0;
    }

    private static double[,] Diagonal(int n)
    {
        var matrix = new double[n, n];
        for (var i = 0; i < n; i++) matrix[i, i] = 100;
        return matrix;
    }
}
