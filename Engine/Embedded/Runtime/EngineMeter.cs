using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Fleet.Engine.Embedded;

/// <summary>What the engine does: looked at when somebody asks, so that no call pays for it.</summary>
internal sealed class EngineMeter(EmbeddedEngine engine, IMeterFactory meters) : IHostedService
{
    /// <summary>The meter's name, for whoever exports it.</summary>
    public const string Name = "Fleet.Engine";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableCounter("fleet.engine.calls", () => engine.Calls, "{call}", "Calls to grains and observers.");
        meter.CreateObservableGauge("fleet.engine.activations", Awake, "{grain}", "Grains that are awake, by kind.");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<int>> Awake() =>
        engine.Awake.CountBy(kind => kind).Select(kind => new Measurement<int>(kind.Value, new KeyValuePair<string, object?>("grain", kind.Key.ToString())));
}
