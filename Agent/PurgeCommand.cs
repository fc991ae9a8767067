using Fleet.Agent.Delivery;

namespace Fleet.Agent;

/// <summary>Takes everything back that delivery made on this device. Identity, configuration and content stay.</summary>
internal static class PurgeCommand
{
    public static async Task<int> Run(string data, AgentLog log, TimeProvider time, CancellationToken cancel)
    {
        using var only = DataLock.Take(data);
        await DeliveryHost.Purge(AgentConfiguration.Load(data).Delivery(data), time, cancel);
        log.Information("purged: no instance, mount, namespace, cgroup or rule of this agent is left");
        return 0;
    }
}
