namespace Fleet.Analytics.Numerics;

/// <summary>What little linear algebra the models need.</summary>
public static class Matrix
{
    /// <summary>The inverse of a symmetric positive definite matrix, by Gauss and Jordan; positive definiteness makes pivoting needless.</summary>
    public static double[,] Inverse(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var a = (double[,])matrix.Clone();
        for (var p = 0; p < n; p++)
        {
            var pivot = 1 / a[p, p];
            a[p, p] = 1;
            for (var j = 0; j < n; j++) a[p, j] *= pivot;
            for (var i = 0; i < n; i++)
            {
                if (i == p) continue;
                var factor = a[i, p];
                a[i, p] = 0;
                for (var j = 0; j < n; j++) a[i, j] -= factor * a[p, j];
            }
        }
        return a;
    }
}
