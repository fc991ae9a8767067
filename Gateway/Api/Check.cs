using Fleet.Images;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>Judges a request's fields and names all that are malformed at once.</summary>
internal sealed class Check
{
    private readonly List<FieldError> errors = [];

    /// <summary>The field must be as the rule says.</summary>
    public Check That(bool holds, string field, string rule)
    {
        if (!holds) errors.Add(new FieldError(field, rule));
        return this;
    }

    /// <summary>The name of an image, a resource or an instance.</summary>
    public Check Name(string field, string value) => That(Names.IsName(value), field, $"expected {Names.NameRule}");

    /// <summary>The id of a patch.</summary>
    public Check PatchId(string field, string value) => That(Names.IsPatchId(value), field, $"expected {Names.PatchIdRule}");

    /// <summary>An id that the caller chose; empty is none.</summary>
    public Check ChosenId(string field, string value) => Id(field, value, 64);

    /// <summary>The id of a change: one that a caller chose, or made of one by the engine.</summary>
    public Check ChangeId(string field, string value) => Id(field, value, 128);

    private Check Id(string field, string value, int longest) => That(
        value.Length <= longest && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'), field, $"expected at most {longest} letters, digits and '.-_'");

    /// <summary>Words for people.</summary>
    public Check Text(string field, string value, int longest) => That(value.Length <= longest, field, $"expected at most {longest} characters");

    /// <summary>A duration between two bounds; unset is the default.</summary>
    public Check Span(string field, Duration? value, TimeSpan least, TimeSpan most, TimeSpan otherwise, out TimeSpan span)
    {
        span = otherwise;
        if (value is null) return this;
        // Not every duration of the wire fits in ours: compare before converting.
        var fits = value.Seconds >= -1 && value.Seconds <= (long)most.TotalSeconds && value.Nanos is >= 0 and < 1_000_000_000;
        if (fits) span = value.ToTimeSpan();
        return That(fits && span >= least && span <= most, field, $"expected a duration from {least.TotalSeconds:0}s to {most.TotalSeconds:0}s");
    }

    /// <exception cref="RpcException">Something is malformed.</exception>
    public void Done()
    {
        if (errors.Count > 0) throw Refusal.Malformed([.. errors]).ToException();
    }
}
