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

    public FleetConnection(FleetClientOptions options)
    {
        if (options.Engine.Scheme != Uri.UriSchemeHttps)
            throw new ArgumentException($"the engine's address is '{options.Engine}': it must begin with https://, because the key travels with every call", nameof(options));
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Key);

        Options = options;
        Retries = new Retries(options);
        _handler = new SocketsHttpHandler
        {
            SslOptions = Trust.Below(options.Authority),
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            // A stream that says nothing for long must still notice that the engine has gone.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        Http = new HttpClient(_handler, disposeHandler: false)
        {
            BaseAddress = options.Engine,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultRequestHeaders = { { "Authorization", $"Bearer {options.Key}" } },
        };
        // Given a handler, the channel would take over how it connects; given a client, it leaves that alone.
        _channel = GrpcChannel.ForAddress(options.Engine, new GrpcChannelOptions { HttpClient = Http, MaxReceiveMessageSize = LargestAnswer });
        Invoker = _channel.CreateCallInvoker();
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
                using var calling = call(new CallOptions(cancellationToken: token));
                return await calling;
            }
            catch (RpcException e)
            {
                token.ThrowIfCancellationRequested();
                throw RpcErrors.Read(e, Options.Engine);
            }
        }, cancel);

    public void Dispose()
    {
        _channel.Dispose();
        Http.Dispose();
        _handler.Dispose();
    }
}
