using System.Diagnostics.Metrics;
using Fleet.Gateway.Access;

namespace Fleet.Gateway.Telemetry;

/// <summary>Fleet's own figures of the gateway.</summary>
internal sealed class GatewayMeter
{
    public const string Name = "Fleet.Gateway";

    // Around an agent's interval of ten seconds, and an agent that is silent for minutes.
    private static readonly InstrumentAdvice<double> Intervals = new() { HistogramBucketBoundaries = [5, 9, 11, 13, 15, 20, 30, 60, 120, 300, 600] };
    private static readonly InstrumentAdvice<double> Delays = new() { HistogramBucketBoundaries = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400] };
    private static readonly InstrumentAdvice<double> Moments = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] };

    private readonly UpDownCounter<long> agents;
    private readonly Counter<long> messages;
    private readonly Histogram<double> took;
    private readonly Histogram<double> intervals;
    private readonly Histogram<double> delays;
    private readonly Counter<long> acknowledgements;
    private readonly Counter<long> directives;
    private readonly Counter<long> slow;
    private readonly Counter<long> slowed;
    private readonly Counter<long> certificates;

    public GatewayMeter(IMeterFactory meters, Authority authority, ServerCertificate server, TimeProvider time)
    {
        var meter = meters.Create(Name);
        agents = meter.CreateUpDownCounter<long>("fleet.gateway.agents", "{agent}", "Agents that are connected now.");
        messages = meter.CreateCounter<long>("fleet.gateway.messages", "{message}", "Messages from agents that were taken, by kind.");
        took = meter.CreateHistogram("fleet.gateway.message.duration", "s", "How long it took until a message from an agent was taken, by kind.", advice: Moments);
        intervals = meter.CreateHistogram("fleet.gateway.report.interval", "s", "Time between two reports of one agent, as they came.", advice: Intervals);
        delays = meter.CreateHistogram("fleet.gateway.progress.delay", "s", "How long a step of a change had waited on its device when it was told.", advice: Delays);
        acknowledgements = meter.CreateCounter<long>("fleet.gateway.acknowledgements", "{acknowledgement}", "Acknowledgements to agents; one may stand for many messages.");
        directives = meter.CreateCounter<long>("fleet.gateway.directives", "{directive}", "Directives handed to agents, repeated ones included.");
        slow = meter.CreateCounter<long>("fleet.gateway.slow_agents", "{agent}", "Agents that were cut off because they read too slowly.");
        slowed = meter.CreateCounter<long>("fleet.gateway.slowed_messages", "{message}", "Messages that waited because their agent says too much.");
        certificates = meter.CreateCounter<long>("fleet.gateway.certificates", "{certificate}", "Device certificates issued.");
        meter.CreateObservableGauge("fleet.gateway.certificate.remaining", () => new[]
        {
            Remaining("authority", authority.Certificate.NotAfter),
            Remaining("server", server.Current().TargetCertificate.NotAfter),
        }, "s", "How long the authority's and the engine's own certificate are still valid.");

        Measurement<double> Remaining(string certificate, DateTime until) =>
            new((until.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalSeconds, new KeyValuePair<string, object?>("certificate", certificate));
    }

    public void Connected() => agents.Add(1);
    public void Disconnected() => agents.Add(-1);
    public void Reported(TimeSpan sinceLast) => intervals.Record(sinceLast.TotalSeconds);
    public void Progressed(TimeSpan waited) => delays.Record(waited.TotalSeconds);
    public void Acknowledged() => acknowledgements.Add(1);
    public void Delivered() => directives.Add(1);
    public void TooSlow() => slow.Add(1);
    public void Slowed() => slowed.Add(1);
    public void Certified() => certificates.Add(1);

    public void Taken(string kind, TimeSpan within)
    {
        messages.Add(1, new KeyValuePair<string, object?>("kind", kind));
        took.Record(within.TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
    }

    /// <summary>Shows what may never happen as zero, so that the first time is seen as an increase.</summary>
    public void ShowZeros()
    {
        agents.Add(0);
        acknowledgements.Add(0);
        directives.Add(0);
        slow.Add(0);
        slowed.Add(0);
        certificates.Add(0);
    }
}
