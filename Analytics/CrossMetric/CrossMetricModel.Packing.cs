namespace Fleet.Analytics.CrossMetric;

/// <content>The model as bytes: what is restored gives the same answers to the last bit.</content>
public sealed partial class CrossMetricModel
{
    /// <summary>The whole state: n² + 4n + 4 numbers for n metrics.</summary>
    public byte[] Pack()
    {
        var n = _mean.Length;
        var bytes = new byte[4 + 8 * (4 + 3 * n + n * (n + 1))];
        var packer = new Packer(bytes);
        packer.Int(n);
        packer.Double(_memory);
        packer.Double(_held);
        packer.Double(_alertAbove);
        packer.Long(_count);
        for (var i = 0; i < n; i++)
        {
            packer.Double(_mean[i]);
            packer.Double(_scale[i]);
            packer.Double(_residuals[i]);
            for (var j = 0; j <= i; j++)
            {
                packer.Double(_covariance[i, j]);
                packer.Double(_inverse[i, j]);
            }
        }
        return bytes;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static CrossMetricModel Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        var n = unpacker.Int();
        var model = new CrossMetricModel(n, unpacker.Double()) { _held = unpacker.Double(), _alertAbove = unpacker.Double(), _count = unpacker.Long() };
        for (var i = 0; i < n; i++)
        {
            (model._mean[i], model._scale[i], model._residuals[i]) = (unpacker.Double(), unpacker.Double(), unpacker.Double());
            for (var j = 0; j <= i; j++)
            {
                model._covariance[i, j] = unpacker.Double();
                model._inverse[j, i] = model._inverse[i, j] = unpacker.Double();
            }
        }
        return model;
    }
}
