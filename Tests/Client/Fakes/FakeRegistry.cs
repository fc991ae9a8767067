using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fleet.Fakes;

/// <summary>As much of the OCI distribution API as uploads need.</summary>
internal sealed class FakeRegistry
{
    /// <summary>Content by <c>repository@digest</c>.</summary>
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    /// <summary>Content and media type by <c>repository:reference</c>.</summary>
    public ConcurrentDictionary<string, (string MediaType, byte[] Content)> Manifests { get; } = new();

    /// <summary>Where uploads are sent.</summary>
    public string Location { get; set; } = "/v2/{0}/blobs/uploads/1?state=x";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v2/", () => Results.Ok());
        routes.MapMethods("/v2/{repository}/blobs/{digest}", ["HEAD"], (string repository, string digest) =>
            Blobs.ContainsKey($"{repository}@{digest}") ? Results.Ok() : Results.NotFound());
        routes.MapPost("/v2/{repository}/blobs/uploads/", (string repository, HttpContext context) =>
        {
            context.Response.Headers.Location = string.Format(Location, repository);
            context.Response.StatusCode = 202;
        });
        routes.MapPut("/v2/{repository}/blobs/uploads/{id}", async (string repository, string digest, HttpContext context) =>
        {
            var content = await Read(context);
            if ($"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}" != digest)
            {
                await Refuse(context, 400, "DIGEST_INVALID", "the content is not what the digest names");
                return;
            }
            Blobs[$"{repository}@{digest}"] = content;
            context.Response.StatusCode = 201;
        });
        routes.MapPut("/v2/{repository}/manifests/{reference}", async (string repository, string reference, HttpContext context) =>
        {
            Manifests[$"{repository}:{reference}"] = (context.Request.ContentType!, await Read(context));
            context.Response.StatusCode = 201;
        });
    }

    public static Task Refuse(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { errors = new[] { new { code, message } } }));
    }

    private static async Task<byte[]> Read(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content);
        return content.ToArray();
    }
}
