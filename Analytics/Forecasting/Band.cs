using System.Runtime.CompilerServices;

namespace Fleet.Analytics.Forecasting;

/// <summary>What was said of a slot to come, by those whose opinion would be another when it comes.</summary>
internal record struct Pledge(Half Last, Half Short, Half Mixed)
{
    public static Pledge None { get; } = new(Half.NaN, Half.NaN, Half.NaN);
}

/// <summary>How one horizon is forecast: the errors of the experts there, what was promised and not yet judged, and the interval around the mix.</summary>
internal struct Band
{
    // Each side misses 4 in 100 by its own count; as the ends lag behind the series, that gives 9 of 10 inside.
    private const float Tail = .04f;

    /// <summary>Yesterday alone is used where the mix is worse by half: by less, chance decides, and switching costs more than it saves.</summary>
    private const float ClearlyWorse = 1.5f;

    private Opinions _errors;
    private float _mixError;
    private Pledges _pledges;
    private Opinions _due;
    private float _dueMix;

    /// <summary>The lower end of the interval, from the mix.</summary>
    public float Below { readonly get; private set; }

    /// <summary>The upper end of the interval, from the mix.</summary>
    public float Above { readonly get; private set; }

    public static Band Start
    {
        get
        {
            var band = new Band { _dueMix = float.NaN };
            for (var i = 0; i < Pledges.Count; i++) band._pledges[i] = Pledge.None;
            return band;
        }
    }

    /// <summary>Whether anything promised here has come due.</summary>
    public readonly bool Judged => _mixError > 0;

    /// <summary>The mix of the opinions.</summary>
    public readonly float Mix(in Opinions opinions) => opinions.Weigh(_errors);

    /// <summary>What is said: the mix, or yesterday where the mix is clearly worse.</summary>
    public readonly float Say(in Opinions opinions) => Say(opinions, Mix(opinions));

    private readonly float Say(in Opinions opinions, float mixed) =>
        _mixError > ClearlyWorse * _errors[Opinions.Yesterday] && !float.IsNaN(opinions[Opinions.Yesterday]) ? opinions[Opinions.Yesterday] : mixed;

    /// <summary>One sample of the slot that was promised: everybody's error is known, and the interval widens by a miss and narrows by a hit.</summary>
    public void Meet(float value, float step, float widthStep)
    {
        if (float.IsNaN(_dueMix)) return;
        var missed = Math.Abs(value - _dueMix);
        for (var i = 0; i < Opinions.Count; i++) _errors[i] += step * ((float.IsNaN(_due[i]) ? missed : Math.Abs(value - _due[i])) - _errors[i]);
        _mixError += step * (missed - _mixError);

        var residual = value - Say(_due, _dueMix);
        var width = widthStep * _mixError;
        Above = Math.Max(0, Above + width * ((residual > Above ? 1 : 0) - Tail));
        Below = Math.Min(0, Below - width * ((residual < Below ? 1 : 0) - Tail));
    }

    /// <summary>A slot begins: takes out what was promised for it, and at times promises a later one.</summary>
    public void Promise(long slot, int ahead, in Opinions now, in Opinions then, float mixed)
    {
        var every = Bands.Every(ahead);
        _dueMix = float.NaN;
        if (slot % every != 0) return;

        var place = (int)(slot / every % Math.Max(ahead / every, 1));
        var made = new Pledge(Bounded(then[Opinions.Last]), Bounded(then[Opinions.Short]), Bounded(mixed));
        var due = ahead == 1 ? made : _pledges[place];
        _pledges[place] = made;
        _dueMix = (float)due.Mixed;
        _due = now;
        (_due[Opinions.Last], _due[Opinions.Short]) = ((float)due.Last, (float)due.Short);
        _due[Opinions.Middle] = Opinions.Median((float)due.Short, now[Opinions.Long], now[Opinions.Usual]);
        for (var i = 0; i < Opinions.Count; i++) _due[i] = (float)Bounded(_due[i]);
    }

    /// <summary>The same in another frame.</summary>
    public void Move(float shift, float factor)
    {
        for (var i = 0; i < Opinions.Count; i++)
        {
            _errors[i] *= factor;
            _due[i] = (float)Bounded((_due[i] - shift) * factor);
        }
        for (var i = 0; i < Pledges.Count; i++)
        {
            var (last, @short, mixed) = _pledges[i];
            _pledges[i] = new(Bounded(((float)last - shift) * factor), Bounded(((float)@short - shift) * factor), Bounded(((float)mixed - shift) * factor));
        }
        _mixError *= factor;
        _dueMix = (float)Bounded((_dueMix - shift) * factor);
        (Below, Above) = (Below * factor, Above * factor);
    }

    /// <summary>Rounded to sixteen bits, within their reach.</summary>
    public static Half Bounded(float value) => (Half)Math.Clamp(value, -60_000, 60_000);

    public readonly void Pack(ref Packer to, int ahead)
    {
        for (var i = 0; i < Opinions.Count; i++)
        {
            to.Single(_errors[i]);
            to.Half(_due[i]);
        }
        to.Single(_mixError);
        to.Half(_dueMix);
        to.Single(Below);
        to.Single(Above);
        for (var i = 0; i < ahead / Bands.Every(ahead); i++)
        {
            to.Half((float)_pledges[i].Last);
            to.Half((float)_pledges[i].Short);
            to.Half((float)_pledges[i].Mixed);
        }
    }

    public static Band Unpack(ref Unpacker from, int ahead)
    {
        var band = Start;
        for (var i = 0; i < Opinions.Count; i++)
        {
            band._errors[i] = from.Single();
            band._due[i] = from.Half();
        }
        band._mixError = from.Single();
        band._dueMix = from.Half();
        band.Below = from.Single();
        band.Above = from.Single();
        for (var i = 0; i < ahead / Bands.Every(ahead); i++) band._pledges[i] = new((Half)from.Half(), (Half)from.Half(), (Half)from.Half());
        return band;
    }

    [InlineArray(Count)]
    private struct Pledges
    {
        /// <summary>As many as the longest horizon keeps open.</summary>
        public const int Count = 8;

        private Pledge _first;
    }
}

/// <summary>The horizons that are learned: half an hour, four hours, 21 hours; between them it is interpolated, and beyond the last is used.</summary>
[InlineArray(Count)]
internal struct Bands
{
    public const int Count = 3;

    private Band _first;

    /// <summary>The horizon in slots.</summary>
    public static int Ahead(int band) => band switch { 0 => 1, 1 => 8, _ => 42 };

    /// <summary>How fast the interval's ends move, a slot: the slower, the longer ago the promise was made, lest they follow each swing with that delay.</summary>
    public static float WidthStep(int band) => band switch { 0 => 1.8f, 1 => .64f, _ => .28f };

    /// <summary>How many slots lie between two promises; 7 shares no factor with the day, so that in time every hour is judged.</summary>
    public static int Every(int ahead) => Math.Max(ahead / 6, 1);

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
