using System.Net;
using Grpc.Core;
using Grpc.Net.Client;

namespace Fleet.Client;

/// <summary>One engine, reached over TLS 1.3: calls by gRPC, and HTTP for the registry, over the same connections.</summary>
internal sealed class FleetConnection : IDisposable
{
    private const int LargestAnswer = 32 << 20;

    private readonly SocketsHttpHandler _handler;
    private readonly GrpcChannel _channel;
    private readonly string _authorization;

    public FleetConnection(FleetClientOptions options)
    {
        if (options.Engine.Scheme != Uri.UriSchemeHttps)
            throw new ArgumentException($"the engine's address is '{options.Engine}': it must begin with https://, because the key travels with every call", nameof(options));
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Key);

        Options = options;
        Retries = new Retries(options);
        _authorization = $"Bearer {options.Key}";
        _handler = new SocketsHttpHandler
        {
            SslOptions = Trust.Of(options),
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            // A stream that says nothing for long must still notice that the engine has gone.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        _channel = GrpcChannel.ForAddress(options.Engine, new GrpcChannelOptions
        {
            HttpHandler = _handler,
            MaxReceiveMessageSize = LargestAnswer,
        });
        Invoker = _channel.CreateCallInvoker();
        Http = new HttpClient(_handler, disposeHandler: false)
        {
            BaseAddress = options.Engine,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultRequestHeaders = { { "Authorization", _authorization } },
        };
    }

    public FleetClientOptions Options { get; }

    public Retries Retries { get; }

    public CallInvoker Invoker { get; }

    /// <summary>Carries the key; has no timeout of its own.</summary>
    public HttpClient Http { get; }

    /// <summary>Calls once, or again as long as the engine is unavailable when it is safe to repeat.</summary>
    public Task<T> Call<T>(Repeat repeat, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancel) =>
        Retries.Run(repeat, Options.Timeout, async token =>
        {
            try
            {
                using var calling = call(With(token));
                return await calling;
            }
            catch (RpcException e)
            {
                token.ThrowIfCancellationRequested();
                throw RpcErrors.Read(e, Options.Engine);
            }
        }, cancel);

    /// <summary>What every call carries.</summary>
    public CallOptions With(CancellationToken cancel) => new(new Metadata { { "authorization", _authorization } }, cancellationToken: cancel);

    public void Dispose()
    {
        Http.Dispose();
        _channel.Dispose();
        _handler.Dispose();
    }
}
