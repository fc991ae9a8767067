using Microsoft.AspNetCore.Routing;
using Orleans.Dashboard;

namespace Fleet.Engine;

/// <summary>What the engine shows of itself: the Orleans Dashboard.</summary>
public static class EngineDashboard
{
    /// <summary>Maps the dashboard; null when the engine has none. Who may see it is for the caller to say.</summary>
    public static RouteGroupBuilder? MapEngineDashboard(this IEndpointRouteBuilder endpoints) => endpoints.MapOrleansDashboard("/orleans");
}
