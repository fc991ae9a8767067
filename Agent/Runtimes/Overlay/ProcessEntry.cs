using System.Globalization;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>One process as /proc has it. Pid and start time together name it for good.</summary>
internal readonly record struct ProcessEntry(int Pid, string Command, char State, long Start)
{
    private const int StateField = 0;
    private const int StartField = 19;

    /// <summary>Null when there is no such process.</summary>
    public static ProcessEntry? Read(int pid)
    {
        if (Text(pid, "stat") is not { } stat) return null;
        // The command is in parentheses and may have any characters in it.
        var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
        var rest = stat[(close + 2)..].Split(' ');
        return new ProcessEntry(pid, stat[(open + 1)..close], rest[StateField][0], long.Parse(rest[StartField], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether it is process 1 of a namespace of its own.</summary>
    public bool IsInit => Text(Pid, "status")?.Split('\n').FirstOrDefault(l => l.StartsWith("NSpid:", StringComparison.Ordinal))
        ?.Split('\t', StringSplitOptions.TrimEntries) is [_, _, .., "1"];

    /// <summary>Text of a file below /proc/PID; null when the process is gone.</summary>
    public static string? Text(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
