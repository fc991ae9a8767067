using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Fleet.Gateway;

/// <summary>What broke inside is logged once here, and told to the caller as far as it concerns him.</summary>
internal sealed partial class GrpcErrors(ILogger<GrpcErrors> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try { return await continuation(request, context); }
        catch (Exception e) when (IsOurs(e, context)) { throw Told(e, context); }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try { await continuation(request, responseStream, context); }
        catch (Exception e) when (IsOurs(e, context)) { throw Told(e, context); }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try { await continuation(requestStream, responseStream, context); }
        catch (Exception e) when (IsOurs(e, context)) { throw Told(e, context); }
    }

    private static bool IsOurs(Exception e, ServerCallContext context) => e is not RpcException && !context.CancellationToken.IsCancellationRequested;

    private RpcException Told(Exception e, ServerCallContext context)
    {
        LogFailed(e, context.Method);
        // A silo that has died, or an answer that didn't come: asked again, another silo answers. Whatever was acknowledged is kept.
        return e is OrleansException or TimeoutException
            ? new Refusal(StatusCode.Unavailable, "ENGINE_UNAVAILABLE", "a part of the engine doesn't answer now: ask again").ToException()
            : Refusal.Internal(e).ToException();
    }

    [LoggerMessage(LogLevel.Error, "{Method} failed")]
    private partial void LogFailed(Exception e, string method);
}
