using Fleet.Protocol.Rest;
using Microsoft.AspNetCore.Http;

namespace Fleet.Gateway;

/// <summary>Refuses a request before any service sees it, in the words of its transport.</summary>
internal static class Refusals
{
    /// <summary>A gRPC status, an error of the registry's API, or a problem document.</summary>
    public static Task Answer(HttpContext http, Refusal refusal)
    {
        if (IsGrpc(http.Request)) return Grpc(http.Response, refusal);
        return http.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal)
            ? Registry.RegistryError.Of(refusal).Write(http)
            : Problem.Of(refusal).Write(http);
    }

    public static bool IsGrpc(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) is true;

    // Trailers only: headers that end the stream.
    private static Task Grpc(HttpResponse response, Refusal refusal)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)refusal.Status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(refusal.Detail);
        foreach (var trailer in refusal.Trailers()) response.Headers[trailer.Key] = Convert.ToBase64String(trailer.ValueBytes);
        return response.CompleteAsync();
    }
}
