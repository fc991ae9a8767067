using System.Globalization;
using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Scenarios;

/// <summary>
/// Finds directives that a device carried out twice. A device numbers the slots that it builds: each change that was applied
/// built one, each cold way back one more. Which changes there were is said by the audit, read to its end.
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
        foreach (var change in records.Where(r => r.Subject == device.Instance && r.Change.Length > 0).Select(r => r.Change).Distinct())
            expected += Slots(await fleet.Instances.GetChange(device.Resource, Device.Service, change));
        var instance = await fleet.Instances.Get(device.Resource, Device.Service);
        return instance.Slots.Max(slot => int.Parse(slot.Id, CultureInfo.InvariantCulture)) - expected;
    }

    private static int Slots(Change change)
    {
        var undoes = change.Undoes.Length > 0;
        var forward = !undoes && change.History.Any(h => h.Phase == ChangePhase.Applied);
        var back = !change.RollbackWarm && (undoes ? change.Phase is ChangePhase.Committed or ChangePhase.RolledBack : forward && change.Phase == ChangePhase.RolledBack);
        return (forward ? 1 : 0) + (back ? 1 : 0);
    }
}
