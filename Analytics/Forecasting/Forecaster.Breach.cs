namespace Fleet.Analytics.Forecasting;

/// <summary>Whether and when a limit is crossed.</summary>
/// <param name="Probability">That it is crossed at some time within the horizon.</param>
/// <param name="Samples">How many samples from now it is first more likely beyond than not; null when that is not foreseen within the horizon.</param>
public readonly record struct Breach(double Probability, int? Samples);

/// <content>The time to a breach.</content>
public partial struct Forecaster
{
    /// <summary>What lies closer together than four hours is taken to cross together, what lies further apart by itself.</summary>
    private const int Together = 8;

    /// <summary>Foresees the crossing of a limit from below within so many samples, at most a day.</summary>
    public readonly Breach Breach(double limit, int horizon, FleetShape? fleet = null)
    {
        if (!_level.Started || !double.IsFinite(limit)) return default;
        var (spared, highest, first) = (1.0, 0.0, default(int?));
        var slots = Math.Clamp((horizon + _slotLength - 1) / _slotLength, 1, Slots);
        for (var slot = 1; slot <= slots; slot++)
        {
            var ahead = Math.Min(slot * _slotLength, horizon);
            var above = Ahead(ahead, fleet).Above(limit);
            if (above >= .5) first ??= ahead;
            highest = Math.Max(highest, above);
            if (slot % Together != 0 && slot < slots) continue;
            (spared, highest) = (spared * (1 - highest), 0);
        }
        return new(1 - spared, first);
    }
}
