namespace Fleet.Bench.Models.Families;

/// <summary>The autoencoder family at its smallest: one narrow hidden layer that learns to repeat its input, one step of gradient descent a row.</summary>
internal sealed class Autoencoder
{
    private const double Step = .01;

    private readonly double[][] _in;
    private readonly double[][] _out;
    private readonly double[] _hidden;
    private readonly double[] _error;
    private readonly double[] _shift;

    public Autoencoder(int numbers, int hidden, int seed = 1)
    {
        var random = new Random(seed);
        double[][] Weights(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (2 * random.NextDouble() - 1) / Math.Sqrt(columns)).ToArray())];
        (_in, _out) = (Weights(hidden, numbers), Weights(numbers, hidden));
        (_hidden, _error, _shift) = (new double[hidden], new double[numbers], new double[numbers]);
    }

    /// <summary>The root of the mean squared error of repeating a standardised row, and learns it if told to.</summary>
    public double Add(ReadOnlySpan<double> row, bool learn = true)
    {
        for (var h = 0; h < _hidden.Length; h++)
        {
            var sum = 0.0;
            for (var i = 0; i < row.Length; i++) sum += _in[h][i] * row[i];
            _hidden[h] = Math.Tanh(sum);
        }
        var squares = 0.0;
        for (var i = 0; i < row.Length; i++)
        {
            var said = _shift[i];
            for (var h = 0; h < _hidden.Length; h++) said += _out[i][h] * _hidden[h];
            _error[i] = said - row[i];
            squares += _error[i] * _error[i];
        }
        if (learn) Learn(row);
        return Math.Sqrt(squares / row.Length);
    }

    private void Learn(ReadOnlySpan<double> row)
    {
        for (var h = 0; h < _hidden.Length; h++)
        {
            var back = 0.0;
            for (var i = 0; i < row.Length; i++)
            {
                back += _error[i] * _out[i][h];
                _out[i][h] -= Step * _error[i] * _hidden[h];
            }
            back *= 1 - _hidden[h] * _hidden[h];
            for (var i = 0; i < row.Length; i++) _in[h][i] -= Step * back * row[i];
        }
        for (var i = 0; i < row.Length; i++) _shift[i] -= Step * _error[i];
    }
}
