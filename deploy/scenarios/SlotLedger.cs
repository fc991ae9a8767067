using System.Globalization;
using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Scenarios;

/// <summary>
/// Finds directives that a device carried out twice. A device numbers the slots that it builds: each change that was applied
/// built one, each cold way back one more. Which changes there were is said by the audit, read to its end. A change that was called
/// off while its device was away may have got as far as a slot all the same, and if it went astray, back from it by another.
/// </summary>
internal static class SlotLedger
{
    /// <summary>All records of the audit.</summary>
    public static async Task<List<AuditRecord>> Read(FleetClient fleet)
    {
        var records = new List<AuditRecord>();
        await foreach (var record in fleet.Audit.List()) records.Add(record);
        return records;
    }

    /// <summary>How many more slots a device built than its changes account for.</summary>
    public static async Task<int> TooMany(FleetClient fleet, Device device, IEnumerable<AuditRecord> records)
    {
        var expected = 0;
        foreach (var change in records.Where(r => r.Subject == device.Instance && r.Change.Length > 0).GroupBy(r => r.Change))
        {
            var astray = change.Any(r => r.Action.EndsWith("astray", StringComparison.Ordinal));
            expected += Slots(await fleet.Instances.GetChange(device.Resource, Device.Service, change.Key), astray);
        }
        var instance = await fleet.Instances.Get(device.Resource, Device.Service);
        return Math.Max(0, instance.Slots.Max(slot => int.Parse(slot.Id, CultureInfo.InvariantCulture)) - expected);
    }

    private static int Slots(Change change, bool astray)
    {
        var undoes = change.Undoes.Length > 0;
        var calledOff = !undoes && change.Phase is ChangePhase.Expired or ChangePhase.Cancelled or ChangePhase.Superseded;
        var forward = !undoes && (calledOff || change.History.Any(h => h.Phase == ChangePhase.Applied));
        var ended = undoes ? change.Phase is ChangePhase.Committed or ChangePhase.RolledBack : change.Phase == ChangePhase.RolledBack;
        var back = astray || (!change.RollbackWarm && ended && (undoes || forward));
        return (forward ? 1 : 0) + (back ? 1 : 0);
    }
}
