using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Fleet.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Tests.Telemetry;

/// <summary>Grains' figures of one test alone, each as it is counted.</summary>
internal sealed class Figures : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener listener;
    private readonly ConcurrentQueue<string> seen = new();

    public Figures()
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        listener = new MeterListener
        {
            InstrumentPublished = (instrument, heard) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory)) heard.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Enqueue($"{instrument.Name} {value} {Text(tags)}".TrimEnd()));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Enqueue($"{instrument.Name} {value} {Text(tags)}".TrimEnd()));
        listener.Start();
        Instruments = new(factory);
    }

    public FleetInstruments Instruments { get; }

    public IEnumerable<string> Seen => seen;

    public void Dispose()
    {
        listener.Dispose();
        services.Dispose();
    }

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"));
}
