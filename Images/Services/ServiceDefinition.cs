using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>
/// How an image version is run: it belongs to the version and travels in the image configuration's label
/// <see cref="Label"/> as JSON.
/// </summary>
public sealed record ServiceDefinition
{
    /// <summary>The label of the OCI image configuration that carries the definition.</summary>
    public const string Label = "dev.fleet.service";

    /// <summary>Program and arguments, run in the slot below its init.</summary>
    public required ImmutableArray<string> Command { get; init; }

    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Ports that the service listens on inside its slot.</summary>
    public ImmutableArray<ServicePort> Ports { get; init; } = [];

    /// <summary>How to ask the service whether it is well.</summary>
    public required HealthProbe Probe { get; init; }

    /// <summary>Directories that outlive every slot.</summary>
    public ImmutableArray<ServiceVolume> Volumes { get; init; } = [];

    /// <summary>Makes the running service start its own program anew with no gap; null when it can't.</summary>
    public ReExec? ReExec { get; init; }

    /// <summary>Whether two slots may run at once. Where not, the switch is stop, then start, and the gap is counted.</summary>
    public bool TwoMayRun { get; init; } = true;

    /// <summary>How long established connections may stay on the old slot after the switch.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Signal that asks the service to end, and how long it may take before it is killed.</summary>
    public string StopSignal { get; init; } = "TERM";

    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a new slot may take until its probe answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public ServiceLimits Limits { get; init; } = new();
}

/// <summary>A TCP or UDP port of the service, by name.</summary>
public sealed record ServicePort(string Name, int Port, string Protocol = "tcp");

/// <summary>A lasting directory: <paramref name="Path"/> inside the slot.</summary>
public sealed record ServiceVolume(string Name, string Path);

/// <summary>Limits of one slot's cgroup; null is no limit.</summary>
/// <param name="Cpus">CPUs, e.g. 0.5.</param>
/// <param name="MemoryBytes">Bytes.</param>
/// <param name="Processes">Processes and threads.</param>
public sealed record ServiceLimits(double? Cpus = null, long? MemoryBytes = null, int? Processes = null);

/// <summary>How a service re-executes itself: a signal to the process named in a pid file, or a command in the slot.</summary>
/// <param name="Command">Run inside the slot; exit code 0 means that the re-execution began.</param>
/// <param name="Timeout">Until no old process may be alive.</param>
public sealed record ReExec(ImmutableArray<string> Command, TimeSpan Timeout);

[JsonConverter(typeof(JsonStringEnumConverter<ProbeKind>))]
public enum ProbeKind
{
    [JsonStringEnumMemberName("http")]
    Http,

    [JsonStringEnumMemberName("tcp")]
    Tcp,

    [JsonStringEnumMemberName("command")]
    Command,
}

/// <summary>A health probe. No answer is not healthy.</summary>
public sealed record HealthProbe
{
    public required ProbeKind Kind { get; init; }

    /// <summary>With http and tcp: a name in <see cref="ServiceDefinition.Ports"/>.</summary>
    public string? Port { get; init; }

    /// <summary>With http: whether it is TLS; the certificate is not checked, the probe is local to the device.</summary>
    public bool Tls { get; init; }

    /// <summary>With http: path and query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>With http: accepted status codes, inclusive.</summary>
    public int StatusFrom { get; init; } = 200;

    public int StatusTo { get; init; } = 399;

    /// <summary>With command: run inside the slot; exit code 0 is healthy.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So many failures in a row make the service unhealthy.</summary>
    public int Failures { get; init; } = 3;
}
