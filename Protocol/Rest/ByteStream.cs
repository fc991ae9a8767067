using Google.Api;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fleet.Protocol.Rest;

/// <summary>A response stream of bytes, as they are. One that fails on its way is broken off, so that nobody takes it for whole.</summary>
internal sealed class ByteStream(HttpContext http) : IServerStreamWriter<HttpBody>
{
    private bool started;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(HttpBody message) => WriteAsync(message, http.RequestAborted);

    public async Task WriteAsync(HttpBody message, CancellationToken cancellationToken)
    {
        if (!started)
        {
            started = true;
            http.Response.ContentType = message.ContentType;
            http.Response.Headers.CacheControl = "no-store";
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        }

        await http.Response.Body.WriteAsync(message.Data.Memory, cancellationToken);
    }
}
