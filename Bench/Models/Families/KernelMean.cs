namespace Fleet.Bench.Models.Families;

/// <summary>The one-class family at its smallest: how unlike a row is to the mean of all before it in the space of a Gaussian kernel. A one-class support vector machine with ν = 1.</summary>
/// <remarks>Schölkopf et al., "Estimating the support of a high-dimensional distribution", 2001, 3; random features after Rahimi and Recht, NIPS 2007.</remarks>
internal sealed class KernelMean
{
    private const int Features = 128;
    private const double Memory = 5000;
    private const double Least = 1e-3;

    private readonly double[][] _directions;
    private readonly double[] _phases;
    private readonly double[] _mean = new double[Features];
    private readonly double[] _mapped = new double[Features];
    private long _count;

    /// <summary>For rows of this many numbers, alike within this distance in each.</summary>
    public KernelMean(int numbers, double width, int seed = 1)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        _directions = [.. Enumerable.Range(0, Features).Select(_ => Enumerable.Range(0, numbers).Select(_ => Normal() / (width * Math.Sqrt(numbers))).ToArray())];
        _phases = [.. Enumerable.Range(0, Features).Select(_ => 2 * Math.PI * random.NextDouble())];
    }

    /// <summary>The score of a row against all before it, and learns it if told to.</summary>
    public double Add(ReadOnlySpan<double> row, bool learn = true)
    {
        var alike = 0.0;
        for (var f = 0; f < Features; f++)
        {
            var angle = _phases[f];
            for (var i = 0; i < row.Length; i++) angle += _directions[f][i] * row[i];
            _mapped[f] = Math.Cos(angle);
            alike += 2.0 / Features * _mapped[f] * _mean[f];
        }
        if (!learn) return -Math.Log(Math.Max(alike, Least));
        _count++;
        for (var f = 0; f < Features; f++) _mean[f] += Math.Max(1.0 / _count, 1 / Memory) * (_mapped[f] - _mean[f]);
        return -Math.Log(Math.Max(alike, Least));
    }
}
