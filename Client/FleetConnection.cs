using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Fleet.Client;

/// <summary>One engine, reached over TLS 1.3: calls by gRPC, and HTTP for the registry, over the same connections.</summary>
internal sealed class FleetConnection : IDisposable
{
    private const int LargestAnswer = 32 << 20;

    private readonly SocketsHttpHandler _handler;
    private readonly GrpcChannel _channel;
    private readonly X509Certificate2? _authority;
    private bool _isBorrowed;

    public FleetConnection(FleetClientOptions options)
    {
        var judged = new FleetClientOptionsValidator().Validate(null, options);
        if (judged.Failed) throw new ArgumentException(judged.FailureMessage, nameof(options));

        Options = options;
        Timeout = options.Timeout;
        Engine = options.Engine!;
        Retries = new Retries(options, Engine);
        _authority = options.AuthorityFile is { Length: > 0 } file ? X509Certificate2.CreateFromPem(File.ReadAllText(file)) : null;
        _handler = new SocketsHttpHandler
        {
            SslOptions = Trust.Below(options.Authority ?? _authority),
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
            BaseAddress = Engine,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultRequestHeaders = { { "Authorization", $"Bearer {Key(options)}" } },
        };
        // Given a handler, the channel would take over how it connects; given a client, it leaves that alone.
        _channel = GrpcChannel.ForAddress(Engine, new GrpcChannelOptions { HttpClient = Http, MaxReceiveMessageSize = LargestAnswer });
        Invoker = _channel.CreateCallInvoker();
    }

    public FleetClientOptions Options { get; }

    public Uri Engine { get; }

    /// <summary>How long one call may take, its repetitions included.</summary>
    public TimeSpan Timeout { get; private set; }

    public Retries Retries { get; }

    public CallInvoker Invoker { get; }

    /// <summary>Carries the key; has no timeout of its own.</summary>
    public HttpClient Http { get; }

    /// <summary>An id for something that is asked for: chosen before the first try, it makes every further one safe.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString();

    /// <summary>Calls once, or again as long as the engine is unavailable when it is safe to repeat.</summary>
    public Task<T> Call<T>(Repeat repeat, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancel) =>
        Retries.Run(repeat, Timeout, async token =>
        {
            try
            {
                using var calling = call(new CallOptions(cancellationToken: token));
                return await calling;
            }
            catch (RpcException e)
            {
                token.ThrowIfCancellationRequested();
                throw RpcErrors.Read(e, Engine);
            }
        }, cancel);

    /// <summary>The same connections with another timeout; who made them disposes of them.</summary>
    public FleetConnection Within(TimeSpan timeout)
    {
        var borrowed = (FleetConnection)MemberwiseClone();
        (borrowed.Timeout, borrowed._isBorrowed) = (timeout, true);
        return borrowed;
    }

    public void Dispose()
    {
        if (_isBorrowed) return;
        _channel.Dispose();
        Http.Dispose();
        _handler.Dispose();
        _authority?.Dispose();
    }

    private static string Key(FleetClientOptions options) => string.IsNullOrWhiteSpace(options.KeyFile) ? options.Key! : File.ReadAllText(options.KeyFile).Trim();
}
