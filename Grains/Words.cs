using System.Text.Json;

namespace Fleet;

/// <summary>Words for programs: a value's name in UPPER_CASE.</summary>
internal static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString());
}
