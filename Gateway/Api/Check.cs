using System.Collections.Immutable;
using Fleet.Images;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>Judges a request's fields and names all that are malformed at once.</summary>
internal sealed class Check
{
    // What is told travels in trailers, and clients of gRPC take 8 KiB of them, in which everything stands twice.
    private const int MostTold = 1900;

    private readonly List<FieldError> errors = [];

    /// <summary>The field must be as the rule says.</summary>
    public Check That(bool holds, string field, string rule)
    {
        if (!holds) errors.Add(new FieldError(field, rule));
        return this;
    }

    /// <summary>The name of an image, a resource or an instance.</summary>
    public Check Name(string field, string value) => That(Names.IsName(value), field, $"expected {Names.NameRule}");

    /// <summary>The label of an image version.</summary>
    public Check Version(string field, string value) => That(Names.IsVersion(value), field, $"expected {Names.VersionRule}");

    /// <summary>The id of a patch.</summary>
    public Check PatchId(string field, string value) => That(Names.IsPatchId(value), field, $"expected {Names.PatchIdRule}");

    /// <summary>An id that the caller chose; empty is none.</summary>
    public Check ChosenId(string field, string value) => Id(field, value, 64);

    /// <summary>The id of a change: one that a caller chose, or made of one by the engine.</summary>
    public Check ChangeId(string field, string value) => Id(field, value, 128);

    /// <summary>The id of something that stands in a path, such as a rollout, a freeze or a hold.</summary>
    public Check PathId(string field, string value, int longest) => That(
        IsId(value, longest) && value.Length > 0 && char.IsAsciiLetterOrDigit(value[0]), field, $"expected 1 to {longest} letters, digits and '.-_', beginning with a letter or digit");

    /// <summary>Words for people.</summary>
    public Check Text(string field, string value, int longest) => That(value.Length <= longest, field, $"expected at most {longest} characters");

    /// <summary>Why somebody wants it.</summary>
    public Check Reason(string value, string field = "reason") => Text(field, value, 1024);

    /// <summary>One of the contract's values, or unspecified.</summary>
    public Check Known<T>(string field, T value)
        where T : struct, System.Enum => That(System.Enum.IsDefined(value), field, $"{value} is not known");

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

    /// <summary>A page of a listing, by its size and token.</summary>
    public Check Page(PageTokens tokens, string listing, uint size, string token, out Page page)
    {
        var after = token.Length == 0 ? "" : tokens.Read(listing, token);
        page = new Page(listing, after ?? "", size == 0 ? Api.Page.DefaultSize : (int)Math.Min(size, Api.Page.LargestSize));
        return That(size <= Api.Page.LargestSize, "pageSize", $"expected 0 (for {Api.Page.DefaultSize}) to {Api.Page.LargestSize}")
            .That(after is not null, "pageToken", "was not made by this engine for this listing with this filter");
    }

    /// <exception cref="RpcException">Something is malformed.</exception>
    public void Done()
    {
        if (errors.Count > 0) throw Refusal.Malformed(Told()).ToException();
    }

    private ImmutableArray<FieldError> Told()
    {
        var length = 0;
        var told = errors.TakeWhile(e => (length += e.Field.Length + e.Message.Length) <= MostTold).ToImmutableArray();
        return told.Length == errors.Count ? told : told.Add(new FieldError("", $"and {errors.Count - told.Length} more fields are malformed"));
    }

    private Check Id(string field, string value, int longest) => That(IsId(value, longest), field, $"expected at most {longest} letters, digits and '.-_'");

    private static bool IsId(string value, int longest) => value.Length <= longest && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
