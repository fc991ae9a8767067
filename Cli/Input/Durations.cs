using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Fleet.Cli;

/// <summary>Durations as people write them: <c>500ms</c>, <c>10s</c>, <c>1h30m</c>, <c>7d</c>.</summary>
internal static partial class Durations
{
    private const string Rule = "a number and a unit (ms, s, m, h, d), several from the largest to the smallest: 500ms, 10s, 1h30m";

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var match = Pattern().Match(text);
        if (!match.Success || text.Length == 0) return false;
        try
        {
            duration = Part(match, "d", TimeSpan.TicksPerDay) + Part(match, "h", TimeSpan.TicksPerHour) + Part(match, "m", TimeSpan.TicksPerMinute)
                + Part(match, "s", TimeSpan.TicksPerSecond) + Part(match, "ms", TimeSpan.TicksPerMillisecond);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>The shortest way to write a duration that <see cref="TryParse"/> reads.</summary>
    public static string Write(TimeSpan duration)
    {
        (long Amount, string Unit)[] parts = [(duration.Days, "d"), (duration.Hours, "h"), (duration.Minutes, "m"), (duration.Seconds, "s"), (duration.Milliseconds, "ms")];
        var text = string.Concat(parts.Where(p => p.Amount != 0).Select(p => $"{p.Amount}{p.Unit}"));
        return text.Length > 0 ? text : "0s";
    }

    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            var text = result.Tokens.Single().Value;
            if (TryParse(text, out var duration)) return duration;
            result.AddError($"{name}: '{text}' is no duration: expected {Rule}");
            return null;
        },
    };

    private static TimeSpan Part(Match match, string unit, long ticks) => match.Groups[unit] is { Success: true, Value: var digits }
        ? TimeSpan.FromTicks(checked(long.Parse(digits, CultureInfo.InvariantCulture) * ticks))
        : TimeSpan.Zero;

    [GeneratedRegex(@"\A(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m(?!s))?(?:(?<s>\d+)s)?(?:(?<ms>\d+)ms)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
