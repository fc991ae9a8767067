namespace Fleet.Analytics.Baselines;

/// <content>The state in few bytes.</content>
public partial struct SeriesBaseline
{
    /// <summary>What <see cref="Pack"/> writes.</summary>
    public const int Bytes = 371;

    /// <summary>Writes the state; returns how many bytes.</summary>
    public readonly int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Double(_origin);
        packer.Long(_last);
        packer.Byte(_hourOfWeek);
        packer.Single(_hour.Centre);
        packer.Single(_hour.Weight);
        packer.Single(_all.Centre);
        packer.Single(_all.Weight);
        packer.Single(_spread);
        for (var hour = 0; hour < HoursOfDay; hour++)
        {
            packer.Single(_day[hour].Centre);
            packer.Byte(_day[hour].Visits);
        }
        _week.Pack(ref packer);
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static SeriesBaseline Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        var baseline = new SeriesBaseline { _origin = unpacker.Double(), _last = unpacker.Long(), _hourOfWeek = unpacker.Byte() };
        baseline._hour = new(unpacker.Single(), unpacker.Single());
        baseline._all = new(unpacker.Single(), unpacker.Single());
        baseline._spread = unpacker.Single();
        for (var hour = 0; hour < HoursOfDay; hour++) baseline._day[hour] = new(unpacker.Single(), unpacker.Byte());
        baseline._week = WeekHours.Unpack(ref unpacker);
        return baseline;
    }
}
