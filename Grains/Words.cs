using System.Text.Json;

namespace Fleet;

/// <summary>Words for programs: a value's name in UPPER_CASE.</summary>
internal static class Words
{
    /// <summary>Refused because another change is under way: asked again later, it may be taken.</summary>
    public const string Busy = "BUSY";

    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString());
}
