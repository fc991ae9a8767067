using System.Text.RegularExpressions;

namespace Fleet.Images;

/// <summary>Rules for names that people give.</summary>
public static partial class Names
{
    public const string NameRule = "1 to 63 lower-case letters, digits, '.' and '-', beginning and ending with a letter or digit";
    public const string PatchIdRule = "1 to 128 lower-case letters, digits and '.-_+~', beginning with a letter or digit";

    /// <summary>Whether this can name an image, a resource or an instance.</summary>
    public static bool IsName(string? text) => text is not null && NamePattern().IsMatch(text);

    /// <summary>Whether this can name a patch.</summary>
    public static bool IsPatchId(string? text) => text is not null && PatchIdPattern().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._+~-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PatchIdPattern();
}
