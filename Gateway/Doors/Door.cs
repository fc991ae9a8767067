using Microsoft.AspNetCore.Builder;

namespace Fleet.Gateway.Doors;

/// <summary>A port of the gateway. What is open at one door is not there at another.</summary>
[Flags]
internal enum Door
{
    /// <summary>Operators, by key.</summary>
    Api = 1,

    /// <summary>Agents, by device certificate.</summary>
    Agents = 2,

    /// <summary>Agents that have only a token yet.</summary>
    Enrolment = 4,
}

/// <summary>At which doors an endpoint is open.</summary>
internal sealed record OpenAt(Door Doors);

/// <summary>Which door a connection came in by; a feature of the connection.</summary>
internal sealed record CameInBy(Door Door);

internal static class Doors
{
    /// <summary>Opens an endpoint at these doors.</summary>
    public static T At<T>(this T endpoint, Door doors)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new OpenAt(doors));
}
