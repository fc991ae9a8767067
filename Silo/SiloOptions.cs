using System.Net;
using Fleet.Engine;
using Fleet.Gateway;

namespace Fleet.Silo;

/// <summary>
/// How this engine is deployed. Each comes from a JSON file's section <c>Fleet</c>, from the environment as
/// <c>FLEET__NAME</c>, or from the command line as <c>--name</c>; the later one counts.
/// </summary>
internal sealed record SiloOptions
{
    /// <summary>Where everything is kept. Default: <c>/var/lib/fleet</c>.</summary>
    public string Data { get; init; } = "/var/lib/fleet";

    /// <summary>The address that all ports listen on. Default: all.</summary>
    public string Listen { get; init; } = "::";

    /// <summary>For operators. Default: 8443.</summary>
    public int ApiPort { get; init; } = 8443;

    /// <summary>For agents with a certificate. Default: 8444.</summary>
    public int AgentsPort { get; init; } = 8444;

    /// <summary>For agents with a token. Default: 8445.</summary>
    public int EnrolmentPort { get; init; } = 8445;

    /// <summary>Names and addresses by which the engine is reached, separated by commas; this machine's own are added.</summary>
    public string HostNames { get; init; } = "";

    /// <summary>Directory of publishers' public keys, <c>*.pem</c>. Default: <c>publishers</c> in the data directory.</summary>
    public string Publishers { get; init; } = "";

    /// <summary>Whether <c>/metrics</c> answers without a key. Default: no.</summary>
    public bool OpenMetrics { get; init; }

    /// <summary>An OpenTelemetry collector to which figures and traces are sent: port 4317 hears gRPC, any other HTTP. Default: none, or what <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says.</summary>
    public string Otlp { get; init; } = "";

    /// <summary>The PostgreSQL database, as an Npgsql connection string, of the cluster that this process belongs to. Default: none, it is alone.</summary>
    public string ClusterDatabase { get; init; } = "";

    /// <summary>Instead of it, the connection string of the Azure Storage account that is the cluster's store. Default: none.</summary>
    public string ClusterStorage { get; init; } = "";

    /// <summary>What this process of a cluster does: all, silo or gateway. Default: all.</summary>
    public EngineRole Role { get; init; } = EngineRole.All;

    /// <summary>The address at which other silos of the cluster reach this one. Default: this machine's own.</summary>
    public string SiloAddress { get; init; } = "";

    /// <summary>The port on which a silo hears other silos. Default: 11111.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port on which a silo hears gateways. Default: 30000.</summary>
    public int SiloGatewayPort { get; init; } = 30000;

    public bool HasGrains => Role != EngineRole.Gateway;

    public bool HasDoors => Role != EngineRole.Silo;

    public void Engine(EngineOptions engine)
    {
        engine.DataDirectory = Data;
        engine.ClusterDatabase = ClusterDatabase;
        engine.ClusterStorage = ClusterStorage;
        engine.Role = Role;
        engine.Address = SiloAddress;
        engine.SiloPort = SiloPort;
        engine.GatewayPort = SiloGatewayPort;
    }

    /// <exception cref="StartException">A value can't be meant; the message names it.</exception>
    public static SiloOptions Read(IConfiguration configuration)
    {
        SiloOptions options;
        try
        {
            options = configuration.GetSection("Fleet").Get<SiloOptions>() ?? new SiloOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new StartException($"The configuration can't be read: {e.Message}", e);
        }

        if (!IPAddress.TryParse(options.Listen, out _)) throw new StartException($"'{options.Listen}' is no address to listen on: expected one such as :: or 192.0.2.7");
        foreach (var (name, port) in new[] { ("api-port", options.ApiPort), ("agents-port", options.AgentsPort), ("enrolment-port", options.EnrolmentPort), ("silo-port", options.SiloPort), ("silo-gateway-port", options.SiloGatewayPort) })
        {
            if (port is < 0 or > 65535) throw new StartException($"--{name} is {port}: expected 0 (any free port) to 65535");
        }

        if (options.Otlp != "" && !(Uri.TryCreate(options.Otlp, UriKind.Absolute, out var collector) && collector.Scheme is "http" or "https"))
            throw new StartException($"'{options.Otlp}' is no collector to send to: expected an URL such as http://collector:4318");

        var data = Path.GetFullPath(options.Data);
        return options with { Data = data, Publishers = Path.GetFullPath(options.Publishers.Length > 0 ? options.Publishers : Path.Combine(data, "publishers")) };
    }

    public GatewayOptions Gateway() => new()
    {
        DataDirectory = Data,
        PublishersDirectory = Publishers,
        Listen = IPAddress.Parse(Listen),
        ApiPort = ApiPort,
        AgentsPort = AgentsPort,
        EnrolmentPort = EnrolmentPort,
        HostNames = HostNames.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        OpenMetrics = OpenMetrics,
    };
}
