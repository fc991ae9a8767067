using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Tests.Instances;

namespace Fleet.Tests;

public sealed class FleetInstrumentsTests
{
    [Fact]
    public void Changes_rollbacks_and_directives_are_counted_by_what_they_are()
    {
        var seen = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, heard) =>
            {
                if (instrument.Meter.Name == FleetInstruments.Name) heard.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => seen.Add($"{instrument.Name} {Text(tags)}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {value} {Text(tags)}"));
        listener.Start();

        FleetInstruments.Changed(Story.Installed().Last with { Phase = ChangePhase.RolledBack, ByAgent = true, RollbackWarm = true, RollbackTook = TimeSpan.FromSeconds(0.25) });
        FleetInstruments.Directed(DirectiveKind.RollBack);

        string[] expected =
        [
            "fleet.changes phase=ROLLED_BACK", "fleet.rollbacks by=agent warm=True",
            "fleet.rollback.duration 0.25 warm=True", "fleet.directives kind=ROLL_BACK",
        ];
        Assert.Empty(expected.Except(seen));
    }

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"));
}
