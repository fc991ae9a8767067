using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Forecasting;

/// <summary>One opinion for each expert: last value, fast mean, slow mean, yesterday moved to today's level, yesterday, mean of the hour, long median.</summary>
[InlineArray(Count)]
internal struct Opinions
{
    public const int Count = 7;

    /// <summary>The experts from here on need not be written down: their opinion is the same when the slot comes.</summary>
    public const int Slow = 4;

    private float _first;
}

/// <summary>What was said of a slot to come.</summary>
internal record struct Pledge(float Last, float Fast, float Slow, float Moved, float Mixed);

/// <summary>How one horizon is forecast: the errors of the experts there, what was promised and not yet judged, and the interval around the mix.</summary>
internal struct Band
{
    private const float Sharpness = 5;
    // Each side misses 3 in 100 by its own count; with the promises' gaps that gives 9 of 10 inside on machines' CPU.
    private const float Tail = .03f;
    private const float WidthStep = .3f;

    private Opinions _errors;
    private float _mixError;
    private Pledges _pledges;
    private float _due;

    /// <summary>The lower end of the interval, from the mix.</summary>
    public float Below { readonly get; private set; }

    /// <summary>The upper end of the interval, from the mix.</summary>
    public float Above { readonly get; private set; }

    public static Band Start
    {
        get
        {
            var band = new Band { _due = float.NaN };
            for (var i = 0; i < Pledges.Count; i++) band._pledges[i].Mixed = float.NaN;
            return band;
        }
    }

    /// <summary>The experts' opinions in one: by inverse powers of their errors, or yesterday's alone where the mix is no better.</summary>
    public readonly float Weigh(Opinions opinions)
    {
        const int Yesterday = Opinions.Slow;
        if (_mixError > _errors[Yesterday] && _errors[Yesterday] > 0) return opinions[Yesterday];

        var least = float.PositiveInfinity;
        for (var i = 0; i < Opinions.Count; i++) least = Math.Min(least, _errors[i]);
        var (sum, weights) = (0f, 0f);
        for (var i = 0; i < Opinions.Count; i++)
        {
            var ratio = least > 0 ? least / _errors[i] : _errors[i] > 0 ? 0 : 1;
            var weight = MathF.Pow(ratio, Sharpness);
            sum += weight * opinions[i];
            weights += weight;
        }
        return sum / weights;
    }

    /// <summary>One sample of the slot that was promised: the interval widens by a miss and narrows by a hit.</summary>
    public readonly Band Meet(float value)
    {
        if (float.IsNaN(_due)) return this;
        var residual = value - _due;
        var step = WidthStep * _mixError;
        return this with
        {
            Above = Math.Max(0, Above + step * ((residual > Above ? 1 : 0) - Tail) ),
            Below = Math.Min(0, Below - step * ((residual < Below ? 1 : 0) - Tail) ),
        };
    }

    /// <summary>The slot is over: everybody's error is known.</summary>
    public readonly Band Judge(float mean, Opinions known, float step)
    {
        if (float.IsNaN(_due)) return this;
        var next = this;
        var pledge = _pledges[Pledges.Count];
        (known[0], known[1], known[2], known[3]) = (pledge.Last, pledge.Fast, pledge.Slow, pledge.Moved);
        for (var i = 0; i < Opinions.Count; i++) next._errors[i] += step * (Math.Abs(mean - known[i]) - _errors[i]);
        next._mixError += step * (Math.Abs(mean - pledge.Mixed) - _mixError);
        return next;
    }

    /// <summary>A slot begins: takes out what was promised for it, and at times promises a later one.</summary>
    public readonly Band Promise(long slot, int ahead, Opinions opinions)
    {
        var next = this;
        var every = Bands.Every(ahead);
        next._due = float.NaN;
        if (slot % every != 0) return next;

        var place = (int)(slot / every % Math.Max(ahead / every, 1));
        next._pledges[Pledges.Count] = _pledges[place];
        next._pledges[place] = new(opinions[0], opinions[1], opinions[2], opinions[3], next.Weigh(opinions));
        if (ahead == 1) next._pledges[Pledges.Count] = next._pledges[place];
        next._due = next._pledges[Pledges.Count].Mixed;
        return next;
    }

    [InlineArray(Count + 1)]
    private struct Pledges
    {
        /// <summary>As many as the longest horizon keeps open; one more holds what is due now.</summary>
        public const int Count = 8;

        private Pledge _first;
    }
}

/// <summary>The horizons that are learned: half an hour, four hours, a day; between them it is interpolated.</summary>
[InlineArray(Count)]
internal struct Bands
{
    public const int Count = 3;

    private Band _first;

    /// <summary>The horizon in slots.</summary>
    public static int Ahead(int band) => band switch { 0 => 1, 1 => 8, _ => 48 };

    /// <summary>How many slots lie between two promises.</summary>
    public static int Every(int ahead) => Math.Max(ahead / 8, 1);

    /// <summary>The band below a horizon, and how far it is to the next.</summary>
    public static (int Lower, float Share) Between(float slots)
    {
        for (var band = 0; band + 1 < Count; band++)
        {
            if (slots <= Ahead(band)) return (band, 0);
            if (slots < Ahead(band + 1)) return (band, MathF.Log(slots / Ahead(band)) / MathF.Log((float)Ahead(band + 1) / Ahead(band)));
        }
        return (Count - 1, 0);
    }
}
