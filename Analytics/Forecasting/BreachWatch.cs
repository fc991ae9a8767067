using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Forecasting;

/// <summary>Watches one limit of one series: how probable it is that it is crossed within a horizon, as a probability that keeps its word.</summary>
/// <remarks>
/// The forecast's own probability knows the hour, but not how often bursts come that no forecast shows. So what it says is calibrated on what came true:
/// logistic regression on its log odds, whether the limit was crossed lately, and a constant, by online gradient descent (Zinkevich, ICML 2003; Platt 1999 is the same on a batch).
/// A pledge is written down eight times in a horizon and judged when it is over. A value of fixed size; before the first judgement it says what the forecast says.
/// </remarks>
public struct BreachWatch
{
    private const int Open = 8;
    private const float Step = .03f;
    private const float FirstSteps = 4;
    private const float Surest = 6;

    private readonly double _limit;
    private readonly int _horizon;
    private Pledges _pledges;
    private int _clock;
    private int _since;
    private int _judged;
    private float _constant;
    private float _forecast;
    private float _lately;

    private BreachWatch(double limit, int horizon) => (_limit, _horizon, _forecast, _since) = (limit, horizon, 1, horizon);

    /// <summary>Has seen nothing; the horizon is in samples, eight at least.</summary>
    public static BreachWatch Start(double limit, int horizon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, Open);
        return new(limit, horizon / Open * Open);
    }

    /// <summary>Takes in the next sample, which the forecaster has taken in already.</summary>
    public readonly BreachWatch Add(double sample, in Forecaster forecaster)
    {
        var next = this;
        next._since = sample > _limit ? 0 : Math.Min(_since + 1, _horizon);
        if (sample > _limit)
        {
            for (var i = 0; i < Open; i++) next._pledges[i] = _pledges[i] with { Crossed = true };
        }
        next._clock = (_clock + 1) % (_horizon * 2);
        if (next._clock % (_horizon / Open) != 0) return next;

        var place = next._clock / (_horizon / Open) % Open;
        next.Learn(next._pledges[place]);
        next._pledges[place] = forecaster.Warm ? new(true, LogOdds(forecaster.Breach(_limit, _horizon).Probability), next.Lately, false) : default;
        return next;
    }

    /// <summary>How probable a crossing is within the horizon, and when the forecast first shows one.</summary>
    public readonly Breach Foresee(in Forecaster forecaster)
    {
        var shown = forecaster.Breach(_limit, _horizon);
        return shown with { Probability = Says(LogOdds(shown.Probability), Lately) };
    }

    /// <summary>Writes the state; returns how many bytes, 76.</summary>
    public readonly int Pack(Span<byte> to)
    {
        var packer = new Packer(to);
        packer.Double(_limit);
        packer.Int(_horizon);
        packer.Int(_clock);
        packer.Int(_since);
        packer.Int(_judged);
        packer.Single(_constant);
        packer.Single(_forecast);
        packer.Single(_lately);
        for (var i = 0; i < Open; i++)
        {
            var (made, logOdds, lately, crossed) = _pledges[i];
            packer.Byte((byte)((made ? 1 : 0) | (lately ? 2 : 0) | (crossed ? 4 : 0)));
            packer.Single(logOdds);
        }
        return packer.Length;
    }

    /// <summary>Restores what <see cref="Pack"/> wrote.</summary>
    public static BreachWatch Unpack(ReadOnlySpan<byte> from)
    {
        var unpacker = new Unpacker(from);
        var watch = new BreachWatch(unpacker.Double(), unpacker.Int()) { _clock = unpacker.Int(), _since = unpacker.Int(), _judged = unpacker.Int() };
        (watch._constant, watch._forecast, watch._lately) = (unpacker.Single(), unpacker.Single(), unpacker.Single());
        for (var i = 0; i < Open; i++)
        {
            var flags = unpacker.Byte();
            watch._pledges[i] = new((flags & 1) != 0, unpacker.Single(), (flags & 2) != 0, (flags & 4) != 0);
        }
        return watch;
    }

    private readonly bool Lately => _since < _horizon;

    private readonly float Says(float logOdds, bool lately) => 1 / (1 + MathF.Exp(-Math.Clamp(_constant + _forecast * logOdds + (lately ? _lately : -_lately), -Surest, Surest)));

    private void Learn(Pledge pledge)
    {
        if (!pledge.Made) return;
        _judged = Math.Min(_judged + 1, 1000);
        var step = Math.Max(Step, 1 / (FirstSteps + _judged)) * ((pledge.Crossed ? 1 : 0) - Says(pledge.LogOdds, pledge.Lately));
        _constant += step;
        _forecast += step * pledge.LogOdds / Surest;
        _lately += step * (pledge.Lately ? 1 : -1);
    }

    private static float LogOdds(double probability) => (float)Math.Clamp(Math.Log(probability / (1 - probability)), -Surest, Surest);

    private readonly record struct Pledge(bool Made, float LogOdds, bool Lately, bool Crossed);

    [InlineArray(Open)]
    private struct Pledges
    {
        private Pledge _first;
    }
}
