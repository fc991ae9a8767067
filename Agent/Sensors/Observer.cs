using Fleet.Agent.Delivery;
using Fleet.Agent.Link;
using Fleet.Protocol.V1;

namespace Fleet.Agent.Sensors;

/// <summary>Looks at the device again and again: every interval, every second while a change is in flight, and at once when something changed.</summary>
internal sealed class Observer(
    IDelivery delivery, HostSensor host, InstanceSensor instances, InventorySensor inventory, Reports reports, Spool spool,
    Signal look, TimeProvider time, AgentLog log)
{
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private long _interval = TimeSpan.FromSeconds(10).Ticks;
    private string _trouble = "";

    /// <summary>How often to look when nothing changes.</summary>
    public TimeSpan Interval
    {
        get => new(Volatile.Read(ref _interval));
        set => Volatile.Write(ref _interval, Math.Clamp(value.Ticks, InFlight.Ticks, Longest.Ticks));
    }

    /// <summary>Looks until stopped; never throws for what it sees.</summary>
    public async Task Run(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var wake = look.Next;
            var changing = await Look(stopping);
            await wake.WaitAsync(changing ? InFlight : Interval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Several things that change together are seen together.
            if (wake.IsCompleted) await Task.Delay(Gap, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks once; true while a change is in flight.</summary>
    public async Task<bool> Look(CancellationToken cancel)
    {
        try
        {
            var resource = host.Read();
            var status = await delivery.Status(cancel);
            var found = instances.Read(status, host.Cpus);
            reports.Publish([new() { Resource = resource }, .. found.Select(report => new AgentMessage { Instance = report })]);
            var inventories = inventory.Changed(status);
            foreach (var changed in inventories)
                if (!spool.Add(new() { Inventory = changed })) inventory.Forget(changed.Instance);
            // Reading packages makes much garbage once in a long while; the agent promises to stay small.
            if (inventories.Count > 0) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _trouble = "";
            return status.Any(instance => instance.Changing);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            // Whatever it is, the next look may fare better; silence is what the engine takes for unknown.
            if (e.Message != _trouble) log.Error($"the sensors failed: {e.GetType().Name}: {e.Message}");
            _trouble = e.Message;
            return false;
        }
    }
}
