using Microsoft.AspNetCore.Http;

namespace Fleet.Gateway.Doors;

/// <summary>
/// Lets a request through to an endpoint that is open at the door it came in by. The door is a fact of the connection: a Host
/// header can't lie about it. What is not open there is not there.
/// </summary>
internal sealed class DoorKeeper(RequestDelegate next)
{
    private static readonly Refusal NotThere = new(StatusCode.NotFound, "PATH_UNKNOWN", "there is nothing at this path on this port");

    public Task Invoke(HttpContext http)
    {
        if (http.GetEndpoint() is not { } endpoint) return Refusals.Answer(http, NotThere);
        // Endpoints without the mark are the routing's own, e.g. for 405.
        if (endpoint.Metadata.GetMetadata<OpenAt>() is not { } open) return next(http);
        return http.Features.Get<CameInBy>() is { } door && (open.Doors & door.Door) != 0 ? next(http) : Refusals.Answer(http, NotThere);
    }
}
