using System.Diagnostics.Metrics;

namespace Fleet.Gateway.Telemetry;

/// <summary>Fleet's own figures of the gateway.</summary>
internal sealed class GatewayMeter
{
    public const string Name = "Fleet.Gateway";

    private readonly UpDownCounter<long> agents;
    private readonly Counter<long> messages;
    private readonly Counter<long> acknowledgements;
    private readonly Counter<long> directives;
    private readonly Counter<long> slow;
    private readonly Counter<long> slowed;
    private readonly Counter<long> certificates;

    public GatewayMeter(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        agents = meter.CreateUpDownCounter<long>("fleet.gateway.agents", "{agent}", "Agents that are connected now.");
        messages = meter.CreateCounter<long>("fleet.gateway.messages", "{message}", "Messages from agents that were taken, by kind.");
        acknowledgements = meter.CreateCounter<long>("fleet.gateway.acknowledgements", "{acknowledgement}", "Acknowledgements to agents; one may stand for many messages.");
        directives = meter.CreateCounter<long>("fleet.gateway.directives", "{directive}", "Directives handed to agents, repeated ones included.");
        slow = meter.CreateCounter<long>("fleet.gateway.slow_agents", "{agent}", "Agents that were cut off because they read too slowly.");
        slowed = meter.CreateCounter<long>("fleet.gateway.slowed_messages", "{message}", "Messages that waited because their agent says too much.");
        certificates = meter.CreateCounter<long>("fleet.gateway.certificates", "{certificate}", "Device certificates issued.");
    }

    public void Connected() => agents.Add(1);
    public void Disconnected() => agents.Add(-1);
    public void Taken(string kind) => messages.Add(1, new KeyValuePair<string, object?>("kind", kind));
    public void Acknowledged() => acknowledgements.Add(1);
    public void Delivered() => directives.Add(1);
    public void TooSlow() => slow.Add(1);
    public void Slowed() => slowed.Add(1);
    public void Certified() => certificates.Add(1);
}
