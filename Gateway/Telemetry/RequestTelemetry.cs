using System.Diagnostics;
using Fleet.Telemetry;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Fleet.Gateway.Telemetry;

/// <summary>
/// Lets grains know in which trace they are called, and leaves streams out of what is measured and traced of requests: they
/// last as long as somebody listens, which says nothing about the engine.
/// </summary>
internal sealed class RequestTelemetry(RequestDelegate next)
{
    private const string Status = "grpc-status";
    private const string StatusTag = "rpc.grpc.status_code";

    public async Task Invoke(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        var span = http.Features.Get<IHttpActivityFeature>()?.Activity;
        if (endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>() is { Method.Type: not MethodType.Unary })
        {
            Unmeasured(http, span);
        }
        else if (span is { Recorded: true })
        {
            span.SetTag("http.request.method", http.Request.Method).SetTag("url.path", http.Request.Path.Value);
            if (endpoint is RouteEndpoint { RoutePattern.RawText: { } route }) span.SetTag("http.route", route).DisplayName = $"{http.Request.Method} {route}";
            RequestContext.Set(TraceContext.Key, span.Id!);
        }

        await next(http);
        if (http.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) == true) Unmeasured(http, span);
        if (span is { Recorded: true }) span.SetTag("http.response.status_code", http.Response.StatusCode).SetStatus(http.Response.StatusCode < 500 ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        if (GrpcStatus(http) is { } status) Note(http, span, status);
    }

    // To HTTP each answer of gRPC is a success, whatever it says.
    private static string? GrpcStatus(HttpContext http) =>
        http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } trailers && trailers.TryGetValue(Status, out var last) ? last.ToString()
        : http.Response.Headers.TryGetValue(Status, out var first) ? first.ToString()
        : null;

    private static void Note(HttpContext http, Activity? span, string status)
    {
        http.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(StatusTag, status));
        if (span is not { Recorded: true }) return;
        span.SetTag(StatusTag, status);
        if (status != "0") span.SetStatus(ActivityStatusCode.Error);
    }

    private static void Unmeasured(HttpContext http, Activity? span)
    {
        if (http.Features.Get<IHttpMetricsTagsFeature>() is { } metrics) metrics.MetricsDisabled = true;
        if (span is null) return;
        span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        span.IsAllDataRequested = false;
    }
}
