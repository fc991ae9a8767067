using Microsoft.AspNetCore.Routing;

namespace Fleet.Engine;

/// <summary>What the engine shows of itself: nothing yet, its figures are among Fleet's metrics.</summary>
public static class EngineDashboard
{
    /// <summary>Maps the dashboard; null when the engine has none. Who may see it is for the caller to say.</summary>
    public static RouteGroupBuilder? MapEngineDashboard(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return null;
    }
}
