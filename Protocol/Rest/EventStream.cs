using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fleet.Protocol.Rest;

/// <summary>A response stream as server-sent events: a numbered event for each message, comments to keep it alive.</summary>
internal sealed class EventStream<T>(HttpContext http, JsonFormatter json) : IServerStreamWriter<T>, IDisposable
    where T : class
{
    private readonly SemaphoreSlim oneAtATime = new(1);
    private long last;
    private bool started;

    public WriteOptions? WriteOptions { get; set; }

    /// <summary>Whether the response has begun: from then on an error is an event and no status.</summary>
    public bool Started => started;

    public Task WriteAsync(T message) => WriteAsync(message, http.RequestAborted);

    public Task WriteAsync(T message, CancellationToken cancellationToken) =>
        Send($"id: {Interlocked.Increment(ref last).ToString(CultureInfo.InvariantCulture)}\ndata: {json.Format((IMessage)message)}\n\n", cancellationToken);

    /// <summary>Ends the stream with the reason.</summary>
    public Task Fail(Problem problem, CancellationToken cancel) => Send($"event: error\ndata: {problem.ToJson()}\n\n", cancel);

    /// <summary>Writes a comment in every interval, so that nobody on the way takes the stream for dead.</summary>
    public async Task KeepAlive(TimeSpan every, TimeProvider time, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) await Send(": still here\n\n", cancel);
        }
        catch (OperationCanceledException)
        {
            // The stream ended.
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    private async Task Send(string text, CancellationToken cancel)
    {
        await oneAtATime.WaitAsync(cancel);
        try
        {
            if (!started)
            {
                started = true;
                http.Response.ContentType = "text/event-stream";
                http.Response.Headers.CacheControl = "no-cache";
                http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            }

            await http.Response.WriteAsync(text, cancel);
            await http.Response.Body.FlushAsync(cancel);
        }
        finally
        {
            oneAtATime.Release();
        }
    }
}
