using System.Text.RegularExpressions;

namespace Fleet.Images;

/// <summary>Rules for names that people give.</summary>
public static partial class Names
{
    private const int MaxNameLength = 63;
    public const string NameRule = "1 to 63 lower-case letters and digits, with single '.' or runs of '-' between them";
    public const string PatchIdRule = "1 to 128 lower-case letters, digits and '.-_+~', beginning with a letter or digit";
    public const string VersionRule = "1 to 128 letters, digits and '._-', beginning with a letter, a digit or '_'";

    /// <summary>Whether this can name an image, a resource or an instance; an image's is also that of its OCI repository.</summary>
    public static bool IsName(string? text) => text is { Length: <= MaxNameLength } && NamePattern().IsMatch(text);

    /// <summary>Whether this can be the label of an image version: an OCI tag.</summary>
    public static bool IsVersion(string? text) => text is not null && VersionPattern().IsMatch(text);

    /// <summary>Whether this can name a patch.</summary>
    public static bool IsPatchId(string? text) => text is not null && PatchIdPattern().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9]+((\.|-+)[a-z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._+~-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PatchIdPattern();
}
