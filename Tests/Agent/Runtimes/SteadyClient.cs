using System.Collections.Concurrent;

namespace Fleet.Agent.Runtimes;

/// <summary>Asks for one page all the time, over new connections and over kept ones, and counts what went wrong.</summary>
internal sealed class SteadyClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _workers;
    private int _total;

    public SteadyClient(Uri page)
    {
        _workers = [Work(page, keep: false), Work(page, keep: false), Work(page, keep: true)];
    }

    public int Total => _total;
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Waits until so many more answers have come.</summary>
    public async Task More(int count)
    {
        var until = _total + count;
        while (_total < until) await Task.Yield();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
        _stop.Dispose();
    }

    private async Task Work(Uri page, bool keep)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = keep ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        }) { Timeout = TimeSpan.FromSeconds(5) };
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var answer = await client.GetAsync(page);
                if (!answer.IsSuccessStatusCode) Failures.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} status {(int)answer.StatusCode} (kept: {keep})");
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                Failures.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {e.Message} {e.InnerException?.Message} (kept: {keep})");
            }
            Interlocked.Increment(ref _total);
            await Task.Delay(5);
        }
    }
}
