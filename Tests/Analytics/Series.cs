namespace Fleet.Analytics.Tests;

/// <summary>Made series with a seed.</summary>
internal static class Series
{
    /// <summary>A daily wave of five-minute samples with noise.</summary>
    public static double[] Noisy(int seed, int length, double noise = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(i => 20 + 5 * Math.Sin(i * 2 * Math.PI / 288) + noise * Normal(random))];
    }

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
