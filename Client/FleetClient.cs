namespace Fleet.Client;

/// <summary>
/// Asks one Fleet engine: the same operations as the contract, typed, retrying what is safe to repeat, and cancellable.
/// Thread-safe; keep one for as long as the engine is asked.
/// </summary>
/// <remarks>
/// Every method throws a <see cref="FleetException"/> when the engine refuses, can't be reached or doesn't answer within
/// <see cref="FleetClientOptions.Timeout"/>, and an <see cref="OperationCanceledException"/> when the caller cancels: what the
/// engine has accepted goes on.
/// </remarks>
public sealed class FleetClient : IDisposable
{
    private readonly FleetConnection _connection;

    /// <summary>A client of the engine that the options name; nothing is sent before the first call.</summary>
    /// <exception cref="ArgumentException">The options can't work; all that is wrong with them is said.</exception>
    /// <exception cref="IOException">A file that the options name can't be read.</exception>
    public FleetClient(FleetClientOptions options) : this(new FleetConnection(options)) { }

    private FleetClient(FleetConnection connection)
    {
        _connection = connection;
        Images = new FleetImages(_connection);
        Instances = new FleetInstances(_connection);
        Resources = new FleetResources(_connection);
        Audit = new FleetAudit(_connection);
        Registry = new FleetRegistry(_connection);
        Rollouts = new FleetRollouts(_connection);
        Scheduling = new FleetScheduling(_connection);
        Backups = new FleetBackups(_connection);
    }

    /// <summary>Image versions and signed patches.</summary>
    public FleetImages Images { get; }

    /// <summary>Instances and their changes.</summary>
    public FleetInstances Instances { get; }

    /// <summary>Devices.</summary>
    public FleetResources Resources { get; }

    /// <summary>Campaigns over the fleet.</summary>
    public FleetRollouts Rollouts { get; }

    /// <summary>Freezes and budgets.</summary>
    public FleetScheduling Scheduling { get; }

    /// <summary>The record of what was done.</summary>
    public FleetAudit Audit { get; }

    /// <summary>Layers, configurations and manifests.</summary>
    public FleetRegistry Registry { get; }

    /// <summary>The engine as one file.</summary>
    public FleetBackups Backups { get; }

    /// <summary>
    /// The same client with another time for each call, its repetitions included: for what may take long, or must not. It
    /// shares the connections and lives as long as this one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public FleetClient Within(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return new FleetClient(_connection.Within(timeout));
    }

    /// <summary>Ends all calls and closes the connections.</summary>
    public void Dispose() => _connection.Dispose();
}
