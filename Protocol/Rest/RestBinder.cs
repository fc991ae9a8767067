using Google.Api;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Fleet.Protocol.Rest;

/// <summary>Serves a gRPC service as REST too: its annotated methods become routes that call the very same implementation.</summary>
public static class RestBinding
{
    /// <summary>Maps the methods of a service that have a path.</summary>
    /// <param name="bind">The generated <c>BindService</c>, with the implementation: <c>binder => Images.BindService(binder, images)</c>.</param>
    public static IEndpointConventionBuilder MapRest(this IEndpointRouteBuilder routes, ServiceDescriptor service, Action<ServiceBinderBase> bind)
    {
        var group = routes.MapGroup("");
        bind(new RestBinder(group, service));
        return group;
    }
}

/// <summary>Receives each method with its handler from the generated code, and maps its route.</summary>
internal sealed class RestBinder(IEndpointRouteBuilder routes, ServiceDescriptor service) : ServiceBinderBase
{
    // What is larger than this is cut off. What is larger than the reader's limit is refused at once, and the server passes
    // over the rest for a while: who writes all before he reads finds the refusal, and no broken connection.
    private const long PassedOver = 32 * 1024 * 1024;
    private static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(15);
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private readonly TimeProvider time = routes.ServiceProvider.GetRequiredService<TimeProvider>();
    private readonly CancellationToken stopping = routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
    private readonly ILogger log = routes.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger<RestBinder>();

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Map<TRequest>(method, async (http, request) =>
        {
            var response = await handler!(request, new RestCall(http, method.FullName, http.RequestAborted));
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(Json.Format((IMessage)response), http.RequestAborted);
        });

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map<TRequest>(method, (http, request) => handler is ServerStreamingServerMethod<TRequest, HttpBody> bytes
            ? Bytes(http, request, method, bytes)
            : Stream(http, request, method, handler!));

    // What streams up has no form over REST.
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => RequireNoPath(method);

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => RequireNoPath(method);

    private async Task Stream<TRequest, TResponse>(HttpContext http, TRequest request, Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class
    {
        // Tied to the stop of the engine: an open stream would delay it until the timeout.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        using var stream = new EventStream<TResponse>(http, Json);
        var alive = stream.KeepAlive(KeepAliveEvery, time, end.Token);
        try
        {
            await handler(request, stream, new RestCall(http, method.FullName, end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The caller left, or the engine stops.
        }
        catch (Exception e) when (stream.Started)
        {
            await stream.Fail(ProblemOf(e, method), http.RequestAborted);
        }
        finally
        {
            await end.CancelAsync();
            await alive;
        }
    }

    private async Task Bytes<TRequest, TResponse>(HttpContext http, TRequest request, Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, HttpBody> handler)
        where TRequest : class
        where TResponse : class
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            await handler(request, new ByteStream(http), new RestCall(http, method.FullName, end.Token));
        }
        catch (Exception e) when (http.Response.HasStarted)
        {
            if (!end.IsCancellationRequested) ProblemOf(e, method);
            http.Abort();
        }
    }

    private void Map<TRequest>(IMethod method, Func<HttpContext, TRequest, Task> serve)
        where TRequest : class
    {
        var descriptor = service.FindMethodByName(method.Name);
        if (HttpRoute.Of(descriptor) is not { } route) return;

        var reader = new RequestReader(descriptor, route);
        routes.MapMethods(route.Path, [route.Verb], async http =>
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = PassedOver;
            try
            {
                await serve(http, (TRequest)(object)await reader.Read(http));
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                // Nobody is left to answer.
            }
            catch (Exception e) when (!http.Response.HasStarted)
            {
                await ProblemOf(e, method).Write(http);
            }
        }).WithDisplayName($"{route.Verb} {route.Path} → {method.FullName}");
    }

    private Problem ProblemOf(Exception exception, IMethod method)
    {
        switch (exception)
        {
            case RefusedRequest refused: return refused.Problem;
            case RpcException refused: return Problem.Of(Refusal.Of(refused));
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problem.Of(StatusCodes.Status413PayloadTooLarge, "REQUEST_TOO_LARGE", $"the body must be at most {RequestReader.BodyLimit} bytes");
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return Problem.Of(StatusCodes.Status408RequestTimeout, "REQUEST_TOO_SLOW", "the body came too slowly, or not at all");
            case BadHttpRequestException bad: return Problem.Of(bad.StatusCode, "REQUEST_INVALID", bad.Message);
        }

        log.LogError(exception, "{Method} failed", method.FullName);
        return Problem.Of(Refusal.Internal(exception));
    }

    private void RequireNoPath(IMethod method)
    {
        if (HttpRoute.Of(service.FindMethodByName(method.Name)) is not null)
            throw new NotSupportedException($"{method.FullName}: a stream of requests has no form over REST");
    }
}
