namespace Fleet.Analytics.Forecasting;

/// <summary>What is expected, and the interval that holds nine of ten.</summary>
public readonly record struct Forecast(double Expected, double Low, double High)
{
    private const double Width90 = 3.2897;

    /// <summary>The probability that the value is above the limit, with normal tails outside the interval.</summary>
    public double Above(double limit)
    {
        var deviation = Math.Max((limit > Expected ? High - Expected : Expected - Low) * 2 / Width90, 1e-12 + 1e-9 * Math.Abs(Expected));
        return .5 * Numerics.ErrorFunction.Complement((limit - Expected) / deviation / Math.Sqrt(2));
    }
}
