namespace Fleet.Engine;

/// <summary>How the engine runs; the same on both engines unless a member says otherwise.</summary>
public sealed class EngineOptions
{
    /// <summary>Where the engine keeps its database. Default: <c>data</c> in the working directory.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>The clock of grains, timers, reminders, timeouts and collection. Default: the system's.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>How long a caller waits for an answer. The call may still be running afterwards. Default: 30 seconds.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a grain that nobody calls stays in memory. Default: 15 minutes; more than a minute on Orleans.</summary>
    public TimeSpan IdleAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Orleans only: the PostgreSQL database, as an Npgsql connection string, by which several processes form a cluster and
    /// keep their state. Default: empty, one process with a database of its own.
    /// </summary>
    public string ClusterDatabase { get; set; } = "";

    /// <summary>
    /// Orleans only, built with <c>-p:AzureStorage=true</c>: instead of <see cref="ClusterDatabase"/>, the connection string of the
    /// Azure Storage account by which several processes form a cluster and keep their state. Default: empty.
    /// </summary>
    public string ClusterStorage { get; set; } = "";

    /// <summary>Orleans in a cluster only: what this process does. Default: all.</summary>
    public EngineRole Role { get; set; } = EngineRole.All;

    /// <summary>Orleans in a cluster only: the address at which other silos reach this one. Default: empty, this machine's own.</summary>
    public string Address { get; set; } = "";

    /// <summary>Orleans only: the port on which this silo hears other silos. Default: 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Orleans only: the port on which this silo hears clients. Default: 30000.</summary>
    public int GatewayPort { get; set; } = 30000;
}
