using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fleet.Gateway.Telemetry;

/// <summary>Shows what readiness says as a figure, for whoever watches figures alone.</summary>
internal sealed class HealthMeter : IHealthCheckPublisher
{
    public static readonly TimeSpan After = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    private volatile HealthReport? last;

    public HealthMeter(IMeterFactory meters) =>
        meters.Create(GatewayMeter.Name).CreateObservableGauge("fleet.health", Checks, description: "Whether each check of readiness found it well: 1, or 0.");

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        last = report;
        return Task.CompletedTask;
    }

    private IEnumerable<Measurement<int>> Checks() => (last?.Entries ?? new Dictionary<string, HealthReportEntry>())
        .Select(check => new Measurement<int>(check.Value.Status == HealthStatus.Healthy ? 1 : 0, new KeyValuePair<string, object?>("check", check.Key)));
}
