namespace Fleet.Cli;

/// <summary>Compares output for people; spaces at the ends of lines are not seen by them.</summary>
internal static class Golden
{
    public static void Equal(string expected, string actual) => Assert.Equal(Lines(expected), Lines(actual));

    private static string Lines(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd())).TrimEnd();
}
