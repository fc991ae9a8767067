using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;
using Fleet.Agent.Sensors;

namespace Fleet.Agent;

/// <summary>Tells what the journal knows of this device's instances; asks neither the agent nor the engine.</summary>
internal static class StatusCommand
{
    public static int Run(string data, TextWriter output, AgentLog log)
    {
        if (new IdentityStore(data).Load() is { } identity)
            output.WriteLine($"resource {identity.Resource}, certificate until {identity.Certificate.NotAfter.ToUniversalTime():u}, engine {AgentConfiguration.Load(data).Engine}");

        if (!Directory.Exists(data)) throw new IOException($"'{data}' is not there");
        var journal = new FileJournal(Path.Combine(data, "instances"));
        var names = journal.Names();
        if (names.Count == 0) output.WriteLine("no instances");
        var damaged = false;
        foreach (var name in names)
        {
            try
            {
                if (journal.Load(name) is { } instance) Tell(instance, output);
            }
            catch (JournalException e)
            {
                log.Error($"instance {name}: {e.Message}");
                damaged = true;
            }
        }

        return damaged ? 1 : 0;
    }

    private static void Tell(InstanceState instance, TextWriter output)
    {
        var what = instance.Manifest is { } manifest ? $"{manifest.Image} {manifest.Version}" : "nothing installed";
        output.WriteLine($"instance {instance.Name}: {what}, generation {instance.Generation}");
        foreach (var hotfix in instance.Manifest?.Hotfixes ?? []) output.WriteLine($"  hotfix {hotfix.Patch}: {hotfix.Component} {hotfix.FromVersion} -> {hotfix.ToVersion}");
        foreach (var port in instance.Manifest?.Ports ?? []) output.WriteLine($"  port {port.HostPort} -> {port.ServicePort}");
        foreach (var slot in instance.Slots)
            output.WriteLine($"  slot {slot.Id}: {(slot.Id == instance.ActiveSlot ? "active" : "idle")}, {(IsRunning(slot) ? $"running as process {slot.InitPid} since {slot.Started:u}" : "not running")}, {slot.Stack.Manifest.Version}");
        if (instance.Change is { } change)
            output.WriteLine($"  change {change.Id}: {change.Phase}{(change.Reason.Length > 0 ? $", {change.Reason}: {change.Detail}" : "")}");
    }

    // A number alone may be another process by now: the start time tells.
    private static bool IsRunning(SlotState slot) => slot.InitPid > 0
        && new KernelFile().TryRead($"/proc/{slot.InitPid}/stat", out var text)
        && ProcessFormats.Stat(text) is { } stat && stat.StartTicks == (ulong)slot.InitStart;
}
