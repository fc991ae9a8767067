using Fleet.Gateway;

namespace Fleet.Silo;

/// <summary>The engine's command line: a value for each option, and nothing that it doesn't know.</summary>
internal static class CommandLine
{
    public const string Usage = """
        Usage: fleet-engine [--config FILE] [--data DIRECTORY] [--listen ADDRESS]
                            [--api-port PORT] [--agents-port PORT] [--enrolment-port PORT]
                            [--host-names NAME,…] [--publishers DIRECTORY] [--open-metrics true|false]
                            [--otlp URL]
               in a cluster [--cluster-database CONNECTION | --cluster-storage CONNECTION] [--role all|silo|gateway]
                            [--silo-address ADDRESS] [--silo-port PORT] [--silo-gateway-port PORT]

        Each option may also stand in FILE's section "Fleet" or in the environment, as in FLEET__DATA.
        """;

    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["--data"] = "Fleet:Data",
        ["--listen"] = "Fleet:Listen",
        ["--api-port"] = "Fleet:ApiPort",
        ["--agents-port"] = "Fleet:AgentsPort",
        ["--enrolment-port"] = "Fleet:EnrolmentPort",
        ["--host-names"] = "Fleet:HostNames",
        ["--publishers"] = "Fleet:Publishers",
        ["--open-metrics"] = "Fleet:OpenMetrics",
        ["--otlp"] = "Fleet:Otlp",
        ["--cluster-database"] = "Fleet:ClusterDatabase",
        ["--cluster-storage"] = "Fleet:ClusterStorage",
        ["--role"] = "Fleet:Role",
        ["--silo-address"] = "Fleet:SiloAddress",
        ["--silo-port"] = "Fleet:SiloPort",
        ["--silo-gateway-port"] = "Fleet:SiloGatewayPort",
    };

    /// <summary>The whole configuration: file, environment, command line.</summary>
    /// <exception cref="UsageException">An option is unknown or has no value.</exception>
    /// <exception cref="StartException">The file can't be read.</exception>
    public static IConfiguration Read(string[] arguments)
    {
        var (values, file) = (new Dictionary<string, string?>(), (string?)null);
        foreach (var (name, value) in Pairs(arguments))
        {
            if (name == "--config") file = value;
            else if (Keys.TryGetValue(name, out var key)) values[key] = value;
            else throw new UsageException($"Unknown option '{name}'.");
        }

        var configuration = new ConfigurationBuilder();
        try
        {
            if (file is not null) configuration.AddJsonFile(Path.GetFullPath(file), optional: false);
            return configuration.AddEnvironmentVariables().AddInMemoryCollection(values).Build();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new StartException($"The configuration file {file} can't be read: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var equals = arguments[i].IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) yield return (arguments[i][..equals], arguments[i][(equals + 1)..]);
            else if (i + 1 < arguments.Length) yield return (arguments[i], arguments[++i]);
            else throw new UsageException($"Option '{arguments[i]}' needs a value.");
        }
    }
}

/// <summary>The command line can't be meant.</summary>
internal sealed class UsageException(string message) : Exception(message);
