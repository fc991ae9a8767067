using System.Runtime.InteropServices;
using OperatingSystem = Fleet.Protocol.V1.OperatingSystem;

namespace Fleet.Agent.Sensors;

/// <summary>Reads which operating system something is.</summary>
internal static class OsRelease
{
    /// <summary>Reads os-release(5): values may be quoted as a shell would.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            var equals = line.IndexOf('=');
            if (equals <= 0 || line[0] == '#') continue;
            values[line[..equals]] = Unquote(line[(equals + 1)..]);
        }

        return values;
    }

    /// <summary>The device's own.</summary>
    public static OperatingSystem Device()
    {
        var values = Parse(ReadOr("/etc/os-release", "/usr/lib/os-release"));
        return new()
        {
            Id = values.GetValueOrDefault("ID", "linux"),
            VersionId = values.GetValueOrDefault("VERSION_ID", ""),
            PrettyName = values.GetValueOrDefault("PRETTY_NAME", ""),
            Kernel = ReadOr("/proc/sys/kernel/osrelease").Trim(),
            Architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
            MachineId = ReadOr("/etc/machine-id", "/var/lib/dbus/machine-id").Trim(),
        };
    }

    private static string ReadOr(params ReadOnlySpan<string> paths)
    {
        foreach (var path in paths)
        {
            try { return File.ReadAllText(path); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // the next one may be there
        }

        return "";
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] is not ('"' or '\'') || value[^1] != value[0]) return value;
        var inner = value[1..^1];
        return value[0] == '\'' ? inner : inner.Replace("\\\"", "\"").Replace("\\$", "$").Replace("\\`", "`").Replace("\\\\", "\\");
    }
}
