using System.Net;
using System.Net.Security;

namespace Fleet.Scenarios;

/// <summary>Requests made under a scenario.</summary>
internal interface ILoad
{
    /// <summary>Requests made and failed until now, and the last failure in words.</summary>
    (long Total, long Failed, string LastFailure) Count { get; }
}

/// <summary>How steadily a client asks.</summary>
/// <param name="Kept">So many requests go over one connection, then a new one is made.</param>
internal sealed record Pace(int Connections, TimeSpan Pause, int Kept)
{
    /// <summary>200 requests a second.</summary>
    public static readonly Pace Brisk = new(4, TimeSpan.FromMilliseconds(20), 25);

    /// <summary>20 requests a second: several clients share a machine with what they ask.</summary>
    public static readonly Pace Gentle = new(2, TimeSpan.FromMilliseconds(100), 5);
}

/// <summary>
/// A steady HTTPS client: a fixed rate over several connections, most of them kept alive, some made anew. A request has
/// failed when it got no answer, another status than 200, or another body than the service's own.
/// </summary>
internal sealed class LoadClient : ILoad, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _workers = [];
    private readonly Uri _address;
    private readonly string _expected;
    private readonly Pace _pace;
    private long _total;
    private long _failed;
    private string _lastFailure = "";

    /// <summary>Starts at once.</summary>
    /// <param name="address">What to ask.</param>
    /// <param name="expected">What a good answer contains.</param>
    public LoadClient(Uri address, string expected, Pace pace)
    {
        (_address, _expected, _pace) = (address, expected, pace);
        for (var i = 0; i < pace.Connections; i++) _workers.Add(Work());
    }

    public (long Total, long Failed, string LastFailure) Count => (Interlocked.Read(ref _total), Interlocked.Read(ref _failed), _lastFailure);

    private async Task Work()
    {
        using var timer = new PeriodicTimer(_pace.Pause);
        while (!_stop.IsCancellationRequested)
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
                ConnectTimeout = TimeSpan.FromSeconds(3),
                MaxConnectionsPerServer = 1,
            })
            { Timeout = TimeSpan.FromSeconds(5) };

            for (var i = 0; i < _pace.Kept && !_stop.IsCancellationRequested; i++)
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

/// <summary>One steady client for each instance of a fleet, counted together.</summary>
internal sealed class Crowd(IEnumerable<Uri> addresses, string expected) : ILoad, IAsyncDisposable
{
    private readonly LoadClient[] _clients = [.. addresses.Select(a => new LoadClient(a, expected, Pace.Gentle))];

    public (long Total, long Failed, string LastFailure) Count
    {
        get
        {
            var counts = _clients.Select(c => c.Count).ToArray();
            return (counts.Sum(c => c.Total), counts.Sum(c => c.Failed), string.Join(", ", counts.Select(c => c.LastFailure).Where(f => f.Length > 0).Distinct()));
        }
    }

    /// <summary>Whether each instance has answered well at least so often.</summary>
    public bool AllServed(long times) => _clients.All(c => c.Count is var count && count.Total - count.Failed >= times);

    public async ValueTask DisposeAsync() => await Task.WhenAll(_clients.Select(c => c.DisposeAsync().AsTask()));
}
