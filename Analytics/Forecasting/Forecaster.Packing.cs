namespace Fleet.Analytics.Forecasting;

/// <content>The state in few bytes.</content>
public partial struct Forecaster
{
    /// <summary>The most that <see cref="Pack"/> writes.</summary>
    public const int MostBytes = 520;

    /// <summary>Writes the state; returns how many bytes.</summary>
    public readonly int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Long(_clock);
        packer.Int(_slotLength);
        packer.Double(_origin);
        packer.Short((short)(_unit == 0 ? short.MinValue : Math.ILogB(_unit)));
        packer.Byte((byte)(_level.Started ? 1 : 0));
        packer.Single(_level.Last);
        packer.Single(_level.Short);
        packer.Single(_level.ShortSpread);
        packer.Single(_level.Long);
        packer.Single(_level.Spread);
        packer.Single(_sum);
        packer.Int(_inSlot);
        for (var slot = 0; slot < Slots; slot++)
        {
            packer.Half((float)_yesterday[slot]);
            packer.Half((float)_usual[slot]);
        }
        for (var band = 0; band < Bands.Count; band++) _bands[band].Pack(ref packer, Bands.Ahead(band));
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static Forecaster Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        var forecaster = new Forecaster { _clock = unpacker.Long(), _slotLength = unpacker.Int(), _origin = unpacker.Double() };
        var exponent = unpacker.Short();
        forecaster._unit = exponent == short.MinValue ? 0 : Math.ScaleB(1, exponent);
        forecaster._level = new(unpacker.Byte() == 1, unpacker.Single(), unpacker.Single(), unpacker.Single(), unpacker.Single(), unpacker.Single());
        (forecaster._sum, forecaster._inSlot) = (unpacker.Single(), unpacker.Int());
        for (var slot = 0; slot < Slots; slot++) (forecaster._yesterday[slot], forecaster._usual[slot]) = ((Half)unpacker.Half(), (Half)unpacker.Half());
        for (var band = 0; band < Bands.Count; band++) forecaster._bands[band] = Band.Unpack(ref unpacker, Bands.Ahead(band));
        return forecaster;
    }
}
