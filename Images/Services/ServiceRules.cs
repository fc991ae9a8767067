using System.Text.RegularExpressions;

namespace Fleet.Images;

/// <summary>What a sound service definition is.</summary>
public static partial class ServiceRules
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly string[] Signals = ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "KILL"];
    private static readonly string[] KernelPaths = ["/proc", "/sys", "/dev"];

    /// <summary>Everything that is wrong with it, by member; nothing when it is sound.</summary>
    public static IEnumerable<(string Field, string Problem)> Check(ServiceDefinition service) =>
        [.. Program(service), .. Ports(service), .. Probe(service), .. Volumes(service), .. Times(service), .. Limits(service.Limits)];

    /// <exception cref="ContentException">Something is wrong with it; the message says what.</exception>
    public static void Require(ServiceDefinition service)
    {
        foreach (var (field, problem) in Check(service)) throw ContentException.Malformed(field, problem);
    }

    private static IEnumerable<(string, string)> Program(ServiceDefinition service)
    {
        if (Command(service.Command) is { } problem) yield return ("command", problem);
        foreach (var (name, value) in service.Environment)
            if (!VariableName().IsMatch(name) || value is null || value.Contains('\0'))
                yield return ($"environment.{name}", "a name has letters, digits and '_' and begins with no digit; a value has no zero byte");
        if (!IsAbsolute(service.WorkingDirectory)) yield return ("workingDirectory", $"'{service.WorkingDirectory}' is no absolute path");
        if (!Signals.Contains(service.StopSignal)) yield return ("stopSignal", $"'{service.StopSignal}' is not one of {string.Join(", ", Signals)}");
        if (service.ReExec is { } reExec && Command(reExec.Command) is { } wrong) yield return ("reExec.command", wrong);
    }

    private static IEnumerable<(string, string)> Ports(ServiceDefinition service)
    {
        for (var i = 0; i < service.Ports.Length; i++)
        {
            var port = service.Ports[i];
            var before = service.Ports.Take(i).ToArray();
            if (!Names.IsName(port.Name)) yield return ($"ports[{i}].name", $"'{port.Name}': {Names.NameRule}");
            if (before.Any(p => p.Name == port.Name)) yield return ($"ports[{i}].name", $"'{port.Name}' is there twice");
            if (port.Port is < 1 or > 65535) yield return ($"ports[{i}].port", $"{port.Port} is not within 1 to 65535");
            if (port.Protocol is not ("tcp" or "udp")) yield return ($"ports[{i}].protocol", $"'{port.Protocol}' is neither tcp nor udp");
            if (before.Any(p => (p.Port, p.Protocol) == (port.Port, port.Protocol))) yield return ($"ports[{i}].port", $"{port.Port}/{port.Protocol} is there twice");
        }
    }

    private static IEnumerable<(string, string)> Probe(ServiceDefinition service)
    {
        var probe = service.Probe;
        if (!Enum.IsDefined(probe.Kind)) yield return ("probe.kind", $"{(int)probe.Kind} is neither http, tcp nor command");
        if (probe.Kind is ProbeKind.Http or ProbeKind.Tcp && !service.Ports.Any(p => p.Name == probe.Port && p.Protocol == "tcp"))
            yield return ("probe.port", $"'{probe.Port}' is no tcp port of the service");
        if (probe.Kind == ProbeKind.Http && (!probe.Path.StartsWith('/') || probe.Path.Any(c => c is <= ' ' or > '~')))
            yield return ("probe.path", $"'{probe.Path}' must begin with '/' and have printable ASCII without spaces");
        if (probe.Kind == ProbeKind.Http && !(100 <= probe.StatusFrom && probe.StatusFrom <= probe.StatusTo && probe.StatusTo <= 599))
            yield return ("probe.statusFrom", $"{probe.StatusFrom} to {probe.StatusTo} is no range within 100 to 599");
        if (probe.Kind == ProbeKind.Command && Command(probe.Command) is { } problem) yield return ("probe.command", problem);
        if (probe.Failures is < 1 or > 1000) yield return ("probe.failures", $"{probe.Failures} is not within 1 to 1000");
    }

    private static IEnumerable<(string, string)> Volumes(ServiceDefinition service)
    {
        for (var i = 0; i < service.Volumes.Length; i++)
        {
            var volume = service.Volumes[i];
            var before = service.Volumes.Take(i).ToArray();
            if (!Names.IsName(volume.Name)) yield return ($"volumes[{i}].name", $"'{volume.Name}': {Names.NameRule}");
            if (before.Any(v => v.Name == volume.Name)) yield return ($"volumes[{i}].name", $"'{volume.Name}' is there twice");
            if (!IsAbsolute(volume.Path) || volume.Path == "/") yield return ($"volumes[{i}].path", $"'{volume.Path}' is no absolute path below '/'");
            // One inside another would depend on the order of mounting.
            else if (before.FirstOrDefault(v => Overlap(v.Path, volume.Path)) is { } other)
                yield return ($"volumes[{i}].path", $"'{volume.Path}' and '{other.Path}' overlap");
            else if (KernelPaths.Any(kernel => Overlap(kernel, volume.Path)))
                yield return ($"volumes[{i}].path", $"'{volume.Path}' belongs to the kernel");
        }
    }

    private static IEnumerable<(string, string)> Times(ServiceDefinition service)
    {
        (string Field, TimeSpan Time, TimeSpan Least)[] times =
        [
            ("drain", service.Drain, TimeSpan.Zero),
            ("stopTimeout", service.StopTimeout, TimeSpan.FromMilliseconds(1)),
            ("startTimeout", service.StartTimeout, TimeSpan.FromMilliseconds(1)),
            ("probe.interval", service.Probe.Interval, TimeSpan.FromMilliseconds(10)),
            ("probe.timeout", service.Probe.Timeout, TimeSpan.FromMilliseconds(1)),
            ("reExec.timeout", service.ReExec?.Timeout ?? TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1)),
        ];
        foreach (var (field, time, least) in times)
            if (time < least || time > Longest) yield return (field, $"{time} is not within {least} and {Longest}");
    }

    private static IEnumerable<(string, string)> Limits(ServiceLimits limits)
    {
        if (limits.Cpus is { } cpus && !(cpus > 0 && cpus <= 4096)) yield return ("limits.cpus", $"{cpus} is not above 0 and up to 4096");
        if (limits.MemoryBytes is <= 0) yield return ("limits.memoryBytes", $"{limits.MemoryBytes} is not above 0");
        if (limits.Processes is <= 0) yield return ("limits.processes", $"{limits.Processes} is not above 0");
    }

    private static string? Command(IReadOnlyList<string> command) =>
        command.Count == 0 ? "is empty"
        : !IsAbsolute(command[0]) ? $"'{command[0]}' is no absolute path"
        : command.Any(part => part is null || part.Contains('\0')) ? "an argument has a zero byte"
        : null;

    private static bool IsAbsolute(string? path) =>
        path is "/" || (path is not null && path.StartsWith('/') && LayerPath.IsPath(path[1..]));

    private static bool Overlap(string a, string b) =>
        (a + "/").StartsWith(b + "/", StringComparison.Ordinal) || (b + "/").StartsWith(a + "/", StringComparison.Ordinal);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariableName();
}
