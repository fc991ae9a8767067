using System.CommandLine;
using System.Globalization;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary>Published ports as people write them: <c>8443:https</c>.</summary>
internal static class Ports
{
    public static Option<PublishedPort[]> Option() => new("--publish")
    {
        Description = "With the first patch of an instance: a host port and the service port, by name, that it leads to, e.g. 8443:https. May be repeated.",
        HelpName = "HOST:SERVICE",
        CustomParser = result =>
        {
            var ports = result.Tokens.Select(t => (t.Value, Port: Parse(t.Value))).ToArray();
            foreach (var (text, port) in ports)
                if (port is null) result.AddError($"--publish: '{text}' is no HOST:SERVICE: expected a port from 1 to 65535, ':' and a port name of the service, e.g. 8443:https");
            return [.. ports.Select(p => p.Port).OfType<PublishedPort>()];
        },
    };

    public static string Write(PublishedPort port) => $"{port.HostPort}:{port.ServicePort}";

    private static PublishedPort? Parse(string text) => text.Split(':') is [var host, { Length: > 0 } service]
        && ushort.TryParse(host, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new PublishedPort { HostPort = number, ServicePort = service }
            : null;
}
