using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Fleet.Protocol.Rest;

/// <summary>A REST request as a service sees it: the same context that gRPC gives.</summary>
internal sealed class RestCall(HttpContext http, string method, CancellationToken cancel) : ServerCallContext
{
    // Where the gRPC server's own GetHttpContext looks for a context that is not its own.
    private readonly Dictionary<object, object> state = new() { ["__HttpContext"] = http };
    private Metadata? headers;

    protected override string MethodCore => method;
    protected override string HostCore => http.Request.Host.Value ?? "";
    protected override string PeerCore => $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}";
    protected override DateTime DeadlineCore => DateTime.MaxValue;
    protected override CancellationToken CancellationTokenCore => cancel;
    protected override Metadata ResponseTrailersCore { get; } = [];
    protected override Status StatusCore { get; set; }
    protected override WriteOptions? WriteOptionsCore { get; set; }
    protected override AuthContext AuthContextCore { get; } = new(null, []);
    protected override IDictionary<object, object> UserStateCore => state;

    protected override Metadata RequestHeadersCore
    {
        get
        {
            if (headers is not null) return headers;
            headers = [];
            foreach (var header in http.Request.Headers.Where(h => !h.Key.StartsWith(':') && !h.Key.EndsWith("-bin", StringComparison.OrdinalIgnoreCase)))
                headers.Add(header.Key.ToLowerInvariant(), header.Value.ToString());
            return headers;
        }
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("calls are not propagated");

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        foreach (var header in responseHeaders.Where(h => !h.IsBinary)) http.Response.Headers.Append(header.Key, header.Value);
        return Task.CompletedTask;
    }
}
