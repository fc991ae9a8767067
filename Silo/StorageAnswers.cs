using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Storage;

namespace Fleet.Silo;

/// <summary>Whether storage can be read: a state that nobody has is looked for.</summary>
internal sealed class StorageAnswers([FromKeyedServices("fleet")] IGrainStorage storage) : IHealthCheck
{
    private static readonly GrainId Nobody = GrainId.Create("health", "storage");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await storage.ReadStateAsync("health", Nobody, new GrainState<object>());
            return HealthCheckResult.Healthy();
        }
        catch (Exception e)
        {
            return HealthCheckResult.Unhealthy($"storage doesn't answer: {e.Message}");
        }
    }
}
