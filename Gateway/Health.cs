using System.Text.Json;
using Fleet.Audit;
using Fleet.Images;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fleet.Gateway;

/// <summary>Whether grains answer: one that is active in any case is asked for a number from its state.</summary>
internal sealed class GrainsAnswer(IGrainFactory grains) : IHealthCheck
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await grains.Audit(0).Count().WaitAsync(Within, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e)
        {
            return HealthCheckResult.Unhealthy($"no grain answers: {e.Message}");
        }
    }
}

/// <summary>Whether the registry's content can be written.</summary>
internal sealed class ContentWritable(ContentStore content) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var upload = content.Resume("health");
            await upload.Append(new MemoryStream("fleet\n"u8.ToArray()), cancellationToken);
            upload.Discard();
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContentException)
        {
            return HealthCheckResult.Unhealthy($"the registry's content can't be written: {e.Message}");
        }
    }
}

internal static class Readiness
{
    /// <summary>All checks; the answer names each with what is wrong.</summary>
    public static HealthCheckOptions Options { get; } = new()
    {
        ResponseWriter = (http, report) =>
        {
            http.Response.ContentType = "application/json";
            var checks = report.Entries.ToDictionary(e => e.Key, e => e.Value.Status == HealthStatus.Healthy ? "healthy" : e.Value.Description ?? "failed");
            return http.Response.WriteAsync(JsonSerializer.Serialize(new { status = report.Status == HealthStatus.Healthy ? "ready" : "not ready", checks }));
        },
    };
}
