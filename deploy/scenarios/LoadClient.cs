using System.Net;
using System.Net.Security;

namespace Fleet.Scenarios;

/// <summary>
/// A steady HTTPS client: a fixed rate over several connections, most of them kept alive, some made anew. A request has
/// failed when it got no answer, another status than 200, or another body than the service's own.
/// </summary>
internal sealed class LoadClient : IAsyncDisposable
{
    private const int Connections = 4;
    private const int RequestsOnOneConnection = 25;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _workers = [];
    private readonly Uri _address;
    private readonly string _expected;
    private long _total;
    private long _failed;
    private string _lastFailure = "";

    /// <summary>Starts at once.</summary>
    /// <param name="address">What to ask.</param>
    /// <param name="expected">What a good answer contains.</param>
    public LoadClient(Uri address, string expected)
    {
        (_address, _expected) = (address, expected);
        for (var i = 0; i < Connections; i++) _workers.Add(Work());
    }

    /// <summary>Requests made and failed until now, and the last failure in words.</summary>
    public (long Total, long Failed, string LastFailure) Count => (Interlocked.Read(ref _total), Interlocked.Read(ref _failed), _lastFailure);

    private async Task Work()
    {
        using var timer = new PeriodicTimer(Pause);
        while (!_stop.IsCancellationRequested)
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
                ConnectTimeout = TimeSpan.FromSeconds(3),
                MaxConnectionsPerServer = 1,
            })
            { Timeout = TimeSpan.FromSeconds(5) };

            for (var i = 0; i < RequestsOnOneConnection && !_stop.IsCancellationRequested; i++)
            {
                await Ask(client);
                try { await timer.WaitForNextTickAsync(_stop.Token); }
                catch (OperationCanceledException) { return; }
            }
        }
    }

    private async Task Ask(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(_address, _stop.Token);
            var body = await answer.Content.ReadAsStringAsync(_stop.Token);
            if (answer.StatusCode != HttpStatusCode.OK) Fail($"status {(int)answer.StatusCode}");
            else if (!body.Contains(_expected, StringComparison.Ordinal)) Fail($"unexpected body '{body}'");
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { return; }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            Fail(e.GetBaseException().Message);
        }
        Interlocked.Increment(ref _total);
    }

    private void Fail(string why)
    {
        _lastFailure = why;
        Interlocked.Increment(ref _failed);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
        _stop.Dispose();
    }
}
