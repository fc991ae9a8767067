using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>Uploads layers, configurations and manifests by the OCI distribution API. Everything is safe to repeat: content is named by its digest.</summary>
public sealed class FleetRegistry
{
    private readonly FleetConnection _connection;

    internal FleetRegistry(FleetConnection connection) => _connection = connection;

    /// <summary>Asks whether there is a registry that takes this key: the cheapest call that proves address, trust and key.</summary>
    public Task Check(CancellationToken cancel = default) =>
        Ask(token => Send(new HttpRequestMessage(HttpMethod.Get, "/v2/"), token), cancel);

    /// <summary>Whether the registry has a blob.</summary>
    public Task<bool> HasBlob(string repository, string digest, CancellationToken cancel = default) =>
        Ask(token => Has(repository, digest, token), cancel);

    /// <summary>Uploads a blob unless it is there; false when it was. <paramref name="open"/> gives the content, anew for each try.</summary>
    public Task<bool> PushBlob(string repository, string digest, long size, Func<Stream> open, CancellationToken cancel = default) =>
        // However long the content takes; that the engine is alive is seen by pings.
        _connection.Retries.Run(Repeat.Safe, Timeout.InfiniteTimeSpan, async token =>
        {
            if (await Has(repository, digest, token)) return false;
            var upload = await Begin(repository, token);
            await using var content = open();
            using var request = new HttpRequestMessage(HttpMethod.Put, $"{upload}{(upload.Query.Length > 0 ? '&' : '?')}digest={Uri.EscapeDataString(digest)}");
            request.Content = new StreamContent(content);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Content.Headers.ContentLength = size;
            return await Send(request, token);
        }, cancel);

    /// <summary>Uploads a manifest under a tag or under its digest; what it names must be there already.</summary>
    public Task PushManifest(string repository, string reference, string mediaType, ReadOnlyMemory<byte> manifest, CancellationToken cancel = default) => Ask(token =>
    {
        var content = new ReadOnlyMemoryContent(manifest);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return Send(new HttpRequestMessage(HttpMethod.Put, $"/v2/{repository}/manifests/{reference}") { Content = content }, token);
    }, cancel);

    private async Task<bool> Has(string repository, string digest, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/v2/{repository}/blobs/{digest}");
        using var response = await Receive(request, cancel);
        return response.StatusCode != HttpStatusCode.NotFound && await Accept(response, cancel);
    }

    private async Task<Uri> Begin(string repository, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/");
        request.Content = new ByteArrayContent([]);
        using var response = await Receive(request, cancel);
        await Accept(response, cancel);
        var engine = _connection.Engine;
        var location = new Uri(engine, response.Headers.Location ?? throw Odd("it named no place for the upload"));
        // The key must not go anywhere else.
        return location.Authority == engine.Authority && location.Scheme == engine.Scheme ? location : throw Odd($"it sends the upload to '{location.Authority}'");
    }

    private Task<T> Ask<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel) =>
        _connection.Retries.Run(Repeat.Safe, _connection.Timeout, call, cancel);

    private async Task<bool> Send(HttpRequestMessage request, CancellationToken cancel)
    {
        using (request)
        using (var response = await Receive(request, cancel))
            return await Accept(response, cancel);
    }

    private async Task<HttpResponseMessage> Receive(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await _connection.Http.SendAsync(request, cancel);
        }
        catch (HttpRequestException e) when (!cancel.IsCancellationRequested)
        {
            throw RpcErrors.Connection(e, _connection.Engine)!;
        }
    }

    private static async Task<bool> Accept(HttpResponseMessage response, CancellationToken cancel) => response.IsSuccessStatusCode
        ? true
        : throw RegistryErrors.Read(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel));

    private FleetException Odd(string what) => new(StatusCode.Internal, "REGISTRY_ODD", $"the registry at {_connection.Engine} answered strangely: {what}");
}
