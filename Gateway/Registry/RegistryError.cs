using System.Text.Json;
using Fleet.Protocol.Rest;
using Microsoft.AspNetCore.Http;

namespace Fleet.Gateway.Registry;

/// <summary>A refusal in the form of the OCI distribution API.</summary>
internal sealed record RegistryError(int Status, string Code, string Message) : IResult
{
    public static RegistryError BlobUnknown(string digest) => new(404, "BLOB_UNKNOWN", $"there is no blob {digest}");
    public static RegistryError ManifestUnknown(string reference) => new(404, "MANIFEST_UNKNOWN", $"there is no manifest '{reference}'");
    public static RegistryError ManifestInvalid(string message) => new(400, "MANIFEST_INVALID", message);
    public static RegistryError UploadUnknown(string id) => new(404, "BLOB_UPLOAD_UNKNOWN", $"there is no upload '{id}'");
    public static RegistryError UploadInvalid(string message) => new(409, "BLOB_UPLOAD_INVALID", message);
    public static RegistryError DigestInvalid(string message) => new(400, "DIGEST_INVALID", message);
    public static RegistryError Unsupported { get; } = new(405, "UNSUPPORTED", "this is not done here");
    public static RegistryError NotThere { get; } = new(404, "NAME_INVALID", "no such path: expected /v2/<repository>/manifests/…, …/blobs/… or …/tags/list");

    public static RegistryError Of(Refusal refusal) => new(HttpStatus.Of(refusal.Status), refusal.Status switch
    {
        StatusCode.Unauthenticated => "UNAUTHORIZED",
        StatusCode.PermissionDenied => "DENIED",
        StatusCode.NotFound => "NAME_UNKNOWN",
        _ => refusal.Reason,
    }, refusal.Detail);

    public Task Write(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(JsonSerializer.Serialize(new { errors = new[] { new { code = Code, message = Message } } }), http.RequestAborted);
    }

    Task IResult.ExecuteAsync(HttpContext httpContext) => Write(httpContext);
}
