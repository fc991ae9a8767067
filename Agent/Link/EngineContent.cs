using System.Net;
using System.Net.Http.Headers;
using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;
using Fleet.Images;

namespace Fleet.Agent.Link;

/// <summary>
/// Fetches blobs from the engine's repository, over the device's own identity: <c>GET /v2/{image}/blobs/{digest}</c>. What came
/// is kept, also over a restart, and the rest asked for with Range; the whole is verified by digest before it counts.
/// </summary>
/// <remarks>
/// A busy engine (429, 503) says when to come back, and that is no failed try; only patience ends it. Bytes that came are worth
/// a new set of tries. One blob at a time: a thin wire is not divided, and no blob is fetched twice at once.
/// </remarks>
internal sealed class EngineContent(EngineDoor door, ContentStore store, TimeProvider time, Random random, AgentLog log) : IContentSource, IDisposable
{
    private const int Tries = 6;
    private const long LargestUnknown = 64L << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestBusyWait = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _one = new(1);

    private enum Outcome
    {
        Done,
        Progressed,
        Failed,
        Busy,
    }

    private readonly record struct Attempt(Outcome Outcome, string Why = "", TimeSpan Wait = default);

    public async Task Fetch(string image, Descriptor blob, CancellationToken cancel)
    {
        if (store.Has(blob.Digest)) return;
        await _one.WaitAsync(cancel);
        try
        {
            if (!store.Has(blob.Digest)) await Persist(image, blob, cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task Persist(string image, Descriptor blob, CancellationToken cancel)
    {
        var (began, backoff) = (time.GetTimestamp(), new Backoff(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(20)));
        while (true)
        {
            var attempt = await Try(image, blob, cancel);
            if (attempt.Outcome == Outcome.Done) return;
            if (attempt.Outcome == Outcome.Progressed) backoff = backoff.Succeeded();
            if (attempt.Outcome != Outcome.Busy) backoff = backoff.Failed();
            if (backoff.Failures >= Tries || time.GetElapsedTime(began) >= Patience)
                throw new ContentUnavailableException($"blob {blob.Digest} of image '{image}' could not be had: {attempt.Why}", final: false);

            log.Information($"blob {blob.Digest} of image '{image}' will be asked for again: {attempt.Why}");
            await Task.Delay(attempt.Wait + backoff.Wait(random), time, cancel);
        }
    }

    private async Task<Attempt> Try(string image, Descriptor blob, CancellationToken cancel)
    {
        using var channel = door.Open();
        using var stall = new CancellationTokenSource(Stalled, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, stall.Token);
        await using var upload = Begin(blob);
        var had = upload.Length;
        var size = Known(blob);
        try
        {
            if (size is null || had < size || size == 0)
            {
                using var response = await channel.Http.SendAsync(Request(image, blob, had), HttpCompletionOption.ResponseHeadersRead, stop.Token);
                if (Judge(image, blob, response) is { } judged) return judged;
                if (had > 0 && response.Content.Headers.ContentRange?.From != had)
                {
                    upload.Discard();
                    return new(Outcome.Progressed, "the engine didn't go on where it was asked to: beginning anew");
                }

                await Receive(response, upload, blob, stall, stop.Token);
            }

            await upload.Complete(blob.Digest, size, cancel);
            return new(Outcome.Done);
        }
        catch (ContentException e)
        {
            return e.Fault == ContentFault.NoSpace ? throw new ContentUnavailableException(e.Message, final: true, e) : new(Outcome.Failed, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            var why = stall.IsCancellationRequested ? $"nothing came for {Stalled.TotalSeconds:0} s" : channel.Explain(e);
            return new(upload.Length > had ? Outcome.Progressed : Outcome.Failed, why);
        }
    }

    // What an earlier try left, unless it can't be the beginning of this blob.
    private ContentUpload Begin(Descriptor blob)
    {
        var name = PartialContent.NameOf(blob.Digest);
        var upload = store.Resume(name);
        // Of what has an unknown size nobody can say whether it is whole: it is small, and begins anew.
        if (Known(blob) is { } size ? upload.Length <= size : upload.Length == 0) return upload;
        upload.Discard();
        return store.Resume(name);
    }

    // A manifest names its SBOM by digest alone: its size is then negative, unknown.
    private static long? Known(Descriptor blob) => blob.Size < 0 ? null : blob.Size;

    private static HttpRequestMessage Request(string image, Descriptor blob, long from)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{image}/blobs/{blob.Digest}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        return request;
    }

    // Null: the bytes follow.
    private static Attempt? Judge(string image, Descriptor blob, HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.OK or HttpStatusCode.PartialContent => null,
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new(Outcome.Busy, "the engine is busy", RetryAfter(response)),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => throw new ContentUnavailableException(
            $"the engine has no blob {blob.Digest} of image '{image}': publish it, then apply the patch again", final: true),
        HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new ContentUnavailableException(
            $"the engine doesn't give blob {blob.Digest} of image '{image}' to this device ({(int)response.StatusCode})", final: true),
        _ => new(Outcome.Failed, $"the engine answered {(int)response.StatusCode} {response.ReasonPhrase}"),
    };

    private static TimeSpan RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(5);
        return asked < LongestBusyWait ? asked : LongestBusyWait;
    }

    private static async Task Receive(HttpResponseMessage response, ContentUpload upload, Descriptor blob, CancellationTokenSource stall, CancellationToken stop)
    {
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[64 << 10];
        var most = Known(blob) ?? LargestUnknown;
        while (upload.Length <= most)
        {
            stall.CancelAfter(Stalled);
            var count = await body.ReadAsync(buffer, stop);
            if (count == 0) return;
            await upload.Append(new MemoryStream(buffer, 0, count, writable: false), stop);
        }
    }
}
