namespace Fleet.Analytics.Learning;

/// <summary>The axes of a set of standardised rows, with the share of the variance along each, largest first.</summary>
/// <remarks>Jacobi's rotations of the correlation matrix: Golub and Van Loan, "Matrix Computations", 8.5.</remarks>
public sealed record PrincipalComponents(double[] Mean, double[] Deviation, double[][] Axes, double[] Shares)
{
    private const int MostSweeps = 60;

    /// <summary>Learns from rows of finite numbers; a feature that never moves stands still at 0.</summary>
    public static PrincipalComponents Of(IReadOnlyList<double[]> rows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        var n = rows[0].Length;
        double[] mean = [.. Enumerable.Range(0, n).Select(f => rows.Average(r => r[f]))];
        double[] deviation = [.. Enumerable.Range(0, n).Select(f => Math.Sqrt(rows.Average(r => (r[f] - mean[f]) * (r[f] - mean[f]))) is > 0 and var d ? d : 1)];
        var matrix = new double[n, n];
        foreach (var row in rows)
        {
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++) matrix[i, j] += (row[i] - mean[i]) / deviation[i] * (row[j] - mean[j]) / deviation[j] / rows.Count;
            }
        }
        var vectors = Rotate(matrix);
        var total = Math.Max(Enumerable.Range(0, n).Sum(i => Math.Max(matrix[i, i], 0)), 1e-300);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => matrix[i, i])];
        return new(mean, deviation, [.. order.Select(c => Enumerable.Range(0, n).Select(i => vectors[i, c]).ToArray())], [.. order.Select(c => Math.Max(matrix[c, c], 0) / total)]);
    }

    /// <summary>A row in units of deviations from the mean.</summary>
    public double[] Standardise(ReadOnlySpan<double> row)
    {
        var z = new double[Mean.Length];
        for (var f = 0; f < z.Length; f++) z[f] = (row[f] - Mean[f]) / Deviation[f];
        return z;
    }

    /// <summary>Makes the matrix diagonal in place and returns the vectors, one a column.</summary>
    private static double[,] Rotate(double[,] a)
    {
        var n = a.GetLength(0);
        var v = new double[n, n];
        for (var i = 0; i < n; i++) v[i, i] = 1;
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var off = 0.0;
            for (var p = 0; p < n; p++)
            {
                for (var q = p + 1; q < n; q++)
                {
                    off += a[p, q] * a[p, q];
                    if (Math.Abs(a[p, q]) < 1e-300) continue;
                    var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
                    var t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
                    var c = 1 / Math.Sqrt(t * t + 1);
                    var s = t * c;
                    for (var k = 0; k < n; k++) (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
                    for (var k = 0; k < n; k++) (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
                    for (var k = 0; k < n; k++) (v[k, p], v[k, q]) = (c * v[k, p] - s * v[k, q], s * v[k, p] + c * v[k, q]);
                }
            }
            if (off < 1e-22) break;
        }
        return v;
    }
}
