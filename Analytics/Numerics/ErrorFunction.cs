namespace Fleet.Analytics.Numerics;

/// <summary>The complementary error function, good to twelve digits relative.</summary>
/// <remarks>Series below 2.5, Lentz's continued fraction above: Press et al., "Numerical Recipes", 6.2 with a = 1/2.</remarks>
public static class ErrorFunction
{
    private const int MostTerms = 200;
    private const double Tiny = 1e-300;
    private const double Precision = 1e-15;

    /// <summary>1 − erf(x); 1 for what is not a number.</summary>
    public static double Complement(double x)
    {
        if (double.IsNaN(x)) return 1;
        if (x < 0) return 2 - Complement(-x);
        if (x > 27) return 0;
        return x < 2.5 ? 1 - Series(x) : Fraction(x);
    }

    private static double Series(double x)
    {
        var (term, sum) = (x, x);
        for (var n = 1; n < MostTerms && Math.Abs(term) > Precision * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double Fraction(double x)
    {
        var b = x * x + .5;
        var (c, d) = (1 / Tiny, 1 / b);
        var h = d;
        for (var n = 1; n < MostTerms; n++)
        {
            var a = -n * (n - .5);
            b += 2;
            d = 1 / Nonzero(a * d + b);
            c = Nonzero(b + a / c);
            h *= c * d;
            if (Math.Abs(c * d - 1) < Precision) break;
        }
        return Math.Exp(-x * x) * x / Math.Sqrt(Math.PI) * h;
    }

    private static double Nonzero(double x) => Math.Abs(x) < Tiny ? Tiny : x;
}
