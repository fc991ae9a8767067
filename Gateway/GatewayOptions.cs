using System.Net;

namespace Fleet.Gateway;

/// <summary>Where the gateway listens, what it is called, and where it keeps its own things.</summary>
public sealed class GatewayOptions
{
    /// <summary>Holds the authority's key and the registry's content.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where publishers' public keys are, for backups; empty when they aren't this process's.</summary>
    public string PublishersDirectory { get; init; } = "";

    /// <summary>The address that all three ports listen on. Default: all.</summary>
    public IPAddress Listen { get; init; } = IPAddress.IPv6Any;

    /// <summary>For operators: API, registry, health and metrics. 0 lets the system choose.</summary>
    public int ApiPort { get; init; } = 8443;

    /// <summary>For agents that have a device certificate.</summary>
    public int AgentsPort { get; init; } = 8444;

    /// <summary>For agents that have a token only.</summary>
    public int EnrolmentPort { get; init; } = 8445;

    /// <summary>Host names and addresses by which the engine is reached: its certificate names them. This machine's own are added.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>Whether <c>/metrics</c> answers without a key.</summary>
    public bool OpenMetrics { get; init; }
}
