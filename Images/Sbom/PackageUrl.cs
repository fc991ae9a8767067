using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Fleet.Images;

/// <summary>A package URL (purl): <c>pkg:type/namespace/name@version?qualifiers#subpath</c>, in its canonical form.</summary>
public sealed record PackageUrl
{
    private PackageUrl() { }

    /// <summary>E.g. <c>deb</c>.</summary>
    public required string Type { get; init; }

    /// <summary>E.g. <c>debian</c>; empty when there is none.</summary>
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>Null when it speaks of the package in all its versions.</summary>
    public string? Version { get; init; }

    /// <summary>By lower-case key.</summary>
    public ImmutableSortedDictionary<string, string> Qualifiers { get; init; } = NoQualifiers;

    /// <summary>Empty when it speaks of the whole package.</summary>
    public string Subpath { get; init; } = "";

    private static readonly ImmutableSortedDictionary<string, string> NoQualifiers =
        ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>A Debian package; <paramref name="architecture"/> and <paramref name="distro"/> become qualifiers.</summary>
    public static PackageUrl Debian(string name, string? version = null, string? architecture = null, string? distro = null)
    {
        var qualifiers = NoQualifiers;
        if (architecture is not null) qualifiers = qualifiers.Add("arch", architecture);
        if (distro is not null) qualifiers = qualifiers.Add("distro", distro);
        return new PackageUrl { Type = "deb", Namespace = "debian", Name = Lower(name), Version = version, Qualifiers = qualifiers };
    }

    /// <summary>The package in all its versions: what Fleet calls a component.</summary>
    public PackageUrl WithoutVersion() => this with { Version = null, Qualifiers = NoQualifiers, Subpath = "" };

    /// <exception cref="FormatException">It is no package URL.</exception>
    public static PackageUrl Parse(string text) => TryParse(text, out var purl) ? purl : throw new FormatException($"'{text}' is no package URL");

    /// <summary>Reads a package URL if it is one, in the order that the specification gives: from the end.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PackageUrl? purl)
    {
        purl = null;
        if (text is null) return false;
        var (rest, subpath) = CutLast(text, '#');
        (rest, var query) = CutLast(rest, '?');
        if (!rest.StartsWith("pkg:", StringComparison.OrdinalIgnoreCase)) return false;
        rest = rest[4..].Trim('/');

        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return false;
        var type = Lower(rest[..slash]);
        (rest, var version) = CutLast(rest[(slash + 1)..].Trim('/'), '@');
        var segments = rest.Split('/').Where(s => s.Length > 0).Select(Decode).ToArray();
        if (!IsType(type) || segments.Length == 0 || segments.Any(s => s is null or "" || s.Contains('/'))) return false;
        if (Qualify(query ?? "") is not { } qualifiers) return false;
        var parts = (subpath ?? "").Split('/').Select(Decode).Where(s => s is not ("" or "." or "..")).ToArray();
        if (parts.Contains(null) || (version is not null && Decode(version) is null)) return false;

        // Types whose names don't differ by case; others keep it.
        var lower = type is "deb" or "apk" or "bitbucket" or "github";
        purl = new PackageUrl
        {
            Type = type,
            Namespace = string.Join('/', segments[..^1].Select(s => lower ? Lower(s!) : s)),
            Name = lower ? Lower(segments[^1]!) : segments[^1]!,
            Version = string.IsNullOrEmpty(version) ? null : Decode(version),
            Qualifiers = qualifiers,
            Subpath = string.Join('/', parts),
        };
        return true;
    }

    /// <summary>The canonical form.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("pkg:").Append(Type).Append('/');
        foreach (var segment in Namespace.Split('/', StringSplitOptions.RemoveEmptyEntries)) text.Append(Encode(segment)).Append('/');
        text.Append(Encode(Name));
        if (Version is not null) text.Append('@').Append(Encode(Version));
        var mark = '?';
        foreach (var (key, value) in Qualifiers)
        {
            text.Append(mark).Append(key).Append('=').Append(Encode(value));
            mark = '&';
        }
        if (Subpath.Length > 0) text.Append('#').AppendJoin('/', Subpath.Split('/').Select(Encode));
        return text.ToString();
    }

    /// <summary>Equal by canonical form.</summary>
    public bool Equals(PackageUrl? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    private static ImmutableSortedDictionary<string, string>? Qualify(string query)
    {
        var qualifiers = NoQualifiers;
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equal = pair.IndexOf('=', StringComparison.Ordinal);
            if (equal <= 0 || Decode(pair[(equal + 1)..]) is not { } value) return null;
            var key = Lower(pair[..equal]);
            if (!key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || char.IsAsciiDigit(key[0]) || qualifiers.ContainsKey(key)) return null;
            if (value.Length > 0) qualifiers = qualifiers.Add(key, value);
        }
        return qualifiers;
    }

    private static bool IsType(string type) =>
        type.Length > 0 && !char.IsAsciiDigit(type[0]) && type.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '-');

    private static (string Before, string? After) CutLast(string text, char at) =>
        text.LastIndexOf(at) is var position and >= 0 ? (text[..position], text[(position + 1)..]) : (text, null);

    // ':' stays as it is, so that Debian's epochs can be read.
    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%3A", ":", StringComparison.Ordinal);

    private static string? Decode(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '%' && !(i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))) return null;
        return Uri.UnescapeDataString(text);
    }

    [SuppressMessage("Globalization", "CA1308", Justification = "The specification says lower case.")]
    private static string Lower(string text) => text.ToLowerInvariant();
}
