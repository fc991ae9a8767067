namespace Fleet.Images;

/// <summary>The order of Debian package versions (deb-version(7)): epoch, upstream version, revision.</summary>
public static class DebianVersion
{
    /// <summary>Less than, equal to or greater than zero, as <paramref name="left"/> is older, the same or newer.</summary>
    public static int Compare(string left, string right)
    {
        var (a, b) = (Split(left), Split(right));
        var epoch = a.Epoch.CompareTo(b.Epoch);
        if (epoch != 0) return epoch;
        var upstream = CompareParts(a.Upstream, b.Upstream);
        return upstream != 0 ? upstream : CompareParts(a.Revision, b.Revision);
    }

    private static (long Epoch, string Upstream, string Revision) Split(string version)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var epoch = colon > 0 && long.TryParse(version.AsSpan(0, colon), out var number) ? number : 0;
        var rest = colon >= 0 ? version[(colon + 1)..] : version;
        var dash = rest.LastIndexOf('-');
        return dash < 0 ? (epoch, rest, "") : (epoch, rest[..dash], rest[(dash + 1)..]);
    }

    // Alternately a run of non-digits, in the order ~ < end < letters < the rest, and a run of digits, as numbers.
    private static int CompareParts(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (!a.IsEmpty || !b.IsEmpty)
        {
            while ((!a.IsEmpty && !char.IsAsciiDigit(a[0])) || (!b.IsEmpty && !char.IsAsciiDigit(b[0])))
            {
                var order = Rank(a).CompareTo(Rank(b));
                if (order != 0) return order;
                a = a[1..];
                b = b[1..];
            }
            var x = Digits(ref a);
            var y = Digits(ref b);
            var number = x.Length != y.Length ? x.Length.CompareTo(y.Length) : x.SequenceCompareTo(y);
            if (number != 0) return number;
        }
        return 0;
    }

    private static int Rank(ReadOnlySpan<char> text) => text.IsEmpty || char.IsAsciiDigit(text[0]) ? 0
        : text[0] == '~' ? -1
        : char.IsAsciiLetter(text[0]) ? text[0]
        : text[0] + 256;

    private static ReadOnlySpan<char> Digits(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var run = end < 0 ? text : text[..end];
        text = text[run.Length..];
        return run.TrimStart('0');
    }
}
