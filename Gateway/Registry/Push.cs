using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Images;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Fleet.Gateway.Registry;

/// <summary>The writing half of the OCI distribution API. Content is verified before it is there; a manifest only after all that it names.</summary>
internal sealed class Push(ContentStore content, Tags tags)
{
    private const string DigestHeader = "Docker-Content-Digest";
    private const string UploadPrefix = "upload-";
    private const int LargestManifest = 4 << 20;

    /// <summary>Whether this can be the id of an upload that was begun here.</summary>
    public static bool IsUpload(string id) => id.StartsWith(UploadPrefix, StringComparison.Ordinal) && id.Skip(UploadPrefix.Length).All(char.IsAsciiHexDigitLower);

    public async Task<IResult> Answer(HttpContext http, string? path)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var place = RegistryPath.Read(path);
        try
        {
            return (http.Request.Method, place.Place) switch
            {
                ("POST", RegistryPlace.Uploads) => await Begin(http, place),
                ("PATCH", RegistryPlace.Upload) => await Append(http, place),
                ("PUT", RegistryPlace.Upload) => await Complete(http, place),
                ("DELETE", RegistryPlace.Upload) => Cancel(place),
                ("PUT", RegistryPlace.Manifest) => await Manifest(http, place),
                (_, RegistryPlace.Nothing) => RegistryError.NotThere,
                _ => RegistryError.Unsupported,
            };
        }
        catch (ContentException e) when (e.Fault == ContentFault.NoSpace)
        {
            return new RegistryError(StatusCodes.Status507InsufficientStorage, "DENIED", e.Message);
        }
        catch (ContentException e)
        {
            return RegistryError.DigestInvalid(e.Message);
        }
        catch (IOException e) when (place.Place == RegistryPlace.Upload && e is not Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            return RegistryError.UploadInvalid($"the upload can't be written now: {e.Message}");
        }
    }

    private async Task<IResult> Begin(HttpContext http, RegistryPath place)
    {
        // All repositories share one store: what one has, the others have.
        if (http.Request.Query["mount"].ToString() is { Length: > 0 } mount && Digest.TryParse(mount, out var there) && content.Has(there))
            return Created(http, place.Repository, there);

        var id = UploadPrefix + RandomNumberGenerator.GetHexString(32, lowercase: true);
        if (http.Request.Query.ContainsKey("digest"))
            return await Complete(http, place with { Reference = id });
        await using var upload = content.Resume(id);
        return Accepted(http, place with { Reference = id }, upload.Length);
    }

    private async Task<IResult> Append(HttpContext http, RegistryPath place)
    {
        if (!IsUpload(place.Reference) || !content.CanResume(place.Reference)) return RegistryError.UploadUnknown(place.Reference);
        await using var upload = content.Resume(place.Reference);
        if (FirstByte(http.Request) is { } first && first != upload.Length)
        {
            Accepted(http, place, upload.Length);
            return new RegistryError(StatusCodes.Status416RangeNotSatisfiable, "BLOB_UPLOAD_INVALID", $"the next byte is {upload.Length}, not {first}");
        }

        await upload.Append(http.Request.Body, http.RequestAborted);
        return Accepted(http, place, upload.Length);
    }

    private async Task<IResult> Complete(HttpContext http, RegistryPath place)
    {
        if (!Digest.TryParse(http.Request.Query["digest"], out var digest)) return RegistryError.DigestInvalid("the query's digest is none: expected sha256:…");
        if (place.Place == RegistryPlace.Upload && (!IsUpload(place.Reference) || !content.CanResume(place.Reference))) return RegistryError.UploadUnknown(place.Reference);
        await using var upload = content.Resume(place.Reference);
        await upload.Append(http.Request.Body, http.RequestAborted);
        await upload.Complete(digest, cancel: http.RequestAborted);
        return Created(http, place.Repository, digest);
    }

    private IResult Cancel(RegistryPath place)
    {
        if (!IsUpload(place.Reference) || !content.CanResume(place.Reference)) return RegistryError.UploadUnknown(place.Reference);
        content.Resume(place.Reference).Discard();
        return Results.NoContent();
    }

    private async Task<IResult> Manifest(HttpContext http, RegistryPath place)
    {
        var named = Digest.TryParse(place.Reference, out var expected);
        if (!named && !Tags.IsTag(place.Reference)) return RegistryError.ManifestInvalid($"'{place.Reference}' is no tag and no digest");
        if (http.Request.ContentLength > LargestManifest) return new RegistryError(StatusCodes.Status413PayloadTooLarge, "SIZE_INVALID", $"a manifest has at most {LargestManifest} bytes");

        using var buffer = new MemoryStream();
        await CopyAtMost(http.Request.Body, buffer, LargestManifest, http.RequestAborted);
        var bytes = buffer.ToArray();
        if (ManifestType.Of(bytes) is not { } type) return RegistryError.ManifestInvalid("this is no image manifest");
        if (http.Request.ContentType is { } said && said.Split(';')[0].Trim() != type) return RegistryError.ManifestInvalid($"it says '{type}' of itself, the request says '{said}'");
        if (Named(bytes).FirstOrDefault(digest => !Digest.TryParse(digest, out var known) || !content.Has(known)) is { } missing)
            return new RegistryError(StatusCodes.Status404NotFound, "MANIFEST_BLOB_UNKNOWN", $"it names {missing}, which was not uploaded");
        if (named && Digest.Of(bytes) != expected) return RegistryError.DigestInvalid($"the content is {Digest.Of(bytes)}, not {expected}");

        var digest = await content.Put(bytes, http.RequestAborted);
        if (!named) await tags.Set(place.Repository, place.Reference, digest, http.RequestAborted);
        http.Response.Headers[DigestHeader] = digest.ToString();
        return Results.Created($"/v2/{place.Repository}/manifests/{digest}", null);
    }

    /// <summary>Digests that a manifest or an index names and that must be here.</summary>
    private static IEnumerable<string> Named(ReadOnlyMemory<byte> manifest)
    {
        using var document = JsonDocument.Parse(manifest);
        var root = document.RootElement;
        var descriptors = Members(root, "layers").Concat(Members(root, "manifests"));
        if (root.TryGetProperty("config", out var config)) descriptors = descriptors.Prepend(config);
        return [.. descriptors.Select(d => d.ValueKind == JsonValueKind.Object && d.TryGetProperty("digest", out var digest) ? digest.ToString() : "nothing")];
    }

    private static JsonElement.ArrayEnumerator Members(JsonElement root, string name) =>
        root.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : default;

    private static async Task CopyAtMost(Stream from, MemoryStream to, int most, CancellationToken cancel)
    {
        var buffer = new byte[16 << 10];
        while (await from.ReadAsync(buffer, cancel) is var count and > 0)
        {
            if (to.Length + count > most) throw new BadHttpRequestException("the manifest is too large", StatusCodes.Status413PayloadTooLarge);
            to.Write(buffer, 0, count);
        }
    }

    // "Content-Range: 0-99", without the unit that HTTP would have: so says the OCI distribution specification.
    private static long? FirstByte(HttpRequest request) =>
        request.Headers.ContentRange.ToString() is { Length: > 0 } range
        && long.TryParse(range.Replace("bytes ", "", StringComparison.Ordinal).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? first : null;

    private static IResult Accepted(HttpContext http, RegistryPath place, long length)
    {
        http.Response.Headers.Location = $"/v2/{place.Repository}/blobs/uploads/{place.Reference}";
        http.Response.Headers["Docker-Upload-UUID"] = place.Reference;
        http.Response.Headers[HeaderNames.Range] = $"0-{Math.Max(0, length - 1)}";
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static IResult Created(HttpContext http, string repository, Digest digest)
    {
        http.Response.Headers[DigestHeader] = digest.ToString();
        return Results.Created($"/v2/{repository}/blobs/{digest}", null);
    }
}
