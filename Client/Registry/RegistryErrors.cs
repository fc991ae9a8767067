using System.Net;
using System.Text.Json;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>Reads a refusal of the registry: the error list of the OCI distribution API, or problem details (RFC 9457).</summary>
internal static class RegistryErrors
{
    public static FleetException Read(HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        var (reason, detail) = Words(body);
        return new FleetException(Status(status), reason, detail.Length > 0 ? detail : $"the registry answered {(int)status} {status}");
    }

    private static StatusCode Status(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestedRangeNotSatisfiable => StatusCode.InvalidArgument,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.NotFound,
        HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => StatusCode.FailedPrecondition,
        HttpStatusCode.TooManyRequests or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage => StatusCode.ResourceExhausted,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => StatusCode.Unimplemented,
        _ => StatusCode.Internal,
    };

    private static (string Reason, string Detail) Words(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return ("", "");
            if (root.TryGetProperty("errors", out var errors) && errors is { ValueKind: JsonValueKind.Array } && errors.GetArrayLength() > 0)
                return (Text(errors[0], "code"), Text(errors[0], "message"));
            return (Text(root, "reason"), Text(root, "detail") is { Length: > 0 } detail ? detail : Text(root, "title"));
        }
        catch (JsonException)
        {
            return ("", ""); // Some proxy's page; the status says enough.
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
