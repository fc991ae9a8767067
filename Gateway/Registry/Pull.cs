using System.Text.Json;
using Fleet.Gateway.Access;
using Fleet.Images;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Fleet.Gateway.Registry;

/// <summary>The reading half of the OCI distribution API: what agents and every registry client need to pull.</summary>
internal sealed class Pull(ContentStore content, Tags tags, PresentedCertificates certificates)
{
    private const string DigestHeader = "Docker-Content-Digest";
    private const int LargestManifest = 4 << 20;

    public async Task<IResult> Answer(HttpContext http, string? path)
    {
        http.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        if (!await MayRead(http)) return RegistryError.Of(Certificates.Superseded);
        var place = RegistryPath.Read(path);
        return place.Place switch
        {
            RegistryPlace.Root => Results.Json(new { }),
            RegistryPlace.Blob => Blob(http, place.Reference),
            RegistryPlace.Manifest => await Manifest(http, place),
            RegistryPlace.Tags => TagList(place.Repository),
            RegistryPlace.Upload => UploadStatus(http, place),
            _ => RegistryError.NotThere,
        };
    }

    // An operator's key is judged at each request; a device is who it was when its certificate was issued.
    private async Task<bool> MayRead(HttpContext http) =>
        http.User.IsInRole(OperatorKeys.Administrator)
        || (http.Connection.ClientCertificate is { } certificate
            && Certificates.ResourceOf(certificate) is { } resource
            && await certificates.Recognized(resource, Certificates.FingerprintOf(certificate)));

    private IResult Blob(HttpContext http, string text)
    {
        if (!Digest.TryParse(text, out var digest)) return RegistryError.DigestInvalid($"'{text}' is no digest: expected sha256:…");
        if (!content.Has(digest)) return RegistryError.BlobUnknown(text);
        http.Response.Headers[DigestHeader] = text;
        return Results.File(content.PathOf(digest), "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{digest}\""), enableRangeProcessing: true);
    }

    private async Task<IResult> Manifest(HttpContext http, RegistryPath place)
    {
        if (!Digest.TryParse(place.Reference, out var digest)) digest = await tags.Find(place.Repository, place.Reference, http.RequestAborted);
        if (digest is null || content.SizeOf(digest) is not <= LargestManifest) return RegistryError.ManifestUnknown(place.Reference);

        var bytes = await content.Read(digest, LargestManifest, http.RequestAborted);
        if (ManifestType.Of(bytes) is not { } type) return RegistryError.ManifestUnknown(place.Reference);
        http.Response.Headers[DigestHeader] = digest.ToString();
        return Results.Bytes(bytes, type, entityTag: new EntityTagHeaderValue($"\"{digest}\""));
    }

    private IResult TagList(string repository) => Results.Json(new { name = repository, tags = tags.List(repository) });

    private IResult UploadStatus(HttpContext http, RegistryPath place)
    {
        if (!Push.IsUpload(place.Reference) || !content.CanResume(place.Reference)) return RegistryError.UploadUnknown(place.Reference);
        http.Response.Headers.Location = http.Request.Path.Value;
        return Results.NoContent();
    }
}

/// <summary>Which media type a manifest has, by its own word or its form.</summary>
internal static class ManifestType
{
    public const string Index = "application/vnd.oci.image.index.v1+json";

    /// <summary>The manifest's media type; null when the bytes are no manifest.</summary>
    public static string? Of(ReadOnlyMemory<byte> manifest)
    {
        try
        {
            using var document = JsonDocument.Parse(manifest);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schemaVersion", out _)) return null;
            if (root.TryGetProperty("mediaType", out var type) && type.ValueKind == JsonValueKind.String) return type.GetString();
            return root.TryGetProperty("manifests", out _) ? Index : MediaTypes.ImageManifest;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
