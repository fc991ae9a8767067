using Fleet.Agent.Identity;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Agent.Link;

/// <summary>How the link behaves.</summary>
internal sealed record LinkOptions
{
    /// <summary>Bound of the first wait after a lost connection.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bound of every wait.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A session that lasted so long counts as a success: the waits begin anew.</summary>
    public TimeSpan Proven { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a session looks whether the certificate must be renewed.</summary>
    public TimeSpan RenewalCheck { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>Keeps one session to the engine for as long as the agent runs, and waits with jitter between them.</summary>
internal sealed class EngineLink(
    LinkOptions options, EngineDoor door, Certification certification, Hello hello, Spool spool, Reports reports,
    DirectiveInbox inbox, Signal changed, Action<TimeSpan> reportEvery, TimeProvider time, Random random, AgentLog log)
{
    private static readonly TimeSpan NotableSkew = TimeSpan.FromMinutes(1);
    private string _lastTrouble = "";

    /// <summary>Runs until stopped. Never throws for what the engine or the network does.</summary>
    public async Task Run(CancellationToken stopping)
    {
        var backoff = new Backoff(options.FirstWait, options.LongestWait);
        while (!stopping.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var pushback = await Session(stopping);
            if (stopping.IsCancellationRequested) return;

            backoff = time.GetElapsedTime(began) >= options.Proven ? backoff.Succeeded().Failed() : backoff.Failed();
            var wait = pushback + backoff.Wait(random);
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Returns how long the engine asked to be left alone.
    private async Task<TimeSpan> Session(CancellationToken stopping)
    {
        // Opened anew each time, with the newest certificate.
        using var channel = door.Open();
        hello.Acknowledged = spool.Acknowledged;
        var taken = false;
        var session = new EngineSession(channel, hello, spool, reports, inbox, changed, time);
        try
        {
            await session.Run((welcome, ended) =>
            {
                taken = true;
                return Welcomed(channel, welcome, ended);
            }, stopping);
            if (!stopping.IsCancellationRequested) log.Information("the engine ended the session, connecting again");
            return TimeSpan.Zero;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.ResourceExhausted)
        {
            Tell(log.Information, $"the engine sheds load, coming back later: {e.Status.Detail}");
            return Pushback(e);
        }
        catch (RpcException e)
        {
            if (!stopping.IsCancellationRequested) Tell(log.Warning, Trouble(channel, e, taken));
            return Pushback(e);
        }
        catch (OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested) Tell(log.Warning, "the engine took the connection but gave no welcome");
            return TimeSpan.Zero;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or HttpRequestException)
        {
            Tell(log.Warning, channel.Explain(e));
            return TimeSpan.Zero;
        }
    }

    private async Task Welcomed(EngineChannel channel, Welcome welcome, CancellationToken ended)
    {
        _lastTrouble = "";
        log.Information($"connected to {door.Engine}, session {welcome.Session}, {spool.Waiting} facts waiting");
        var (engineThen, then) = (welcome.EngineTime?.ToDateTimeOffset() ?? time.GetUtcNow(), time.GetTimestamp());
        if ((engineThen - time.GetUtcNow()).Duration() is var skew && skew > NotableSkew)
            log.Warning($"this device's clock differs from the engine's by {skew:c}: dates shown here are off; the engine's clock decides");
        if (welcome.ReportInterval is { } interval) reportEvery(interval.ToTimeSpan());

        while (!ended.IsCancellationRequested)
        {
            if (door.Identity.RenewalIsDue(engineThen + time.GetElapsedTime(then))) await Renew(channel, ended);
            await Task.Delay(options.RenewalCheck, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Renew(EngineChannel channel, CancellationToken ended)
    {
        var (renewed, problem) = await certification.Renew(channel, door.Identity, ended);
        if (renewed is null)
        {
            log.Warning($"the certificate, good until {door.Identity.Certificate.NotAfter.ToUniversalTime():u}, was not renewed: {problem}");
            return;
        }

        door.Identity = renewed;
        log.Information($"the certificate was renewed, good until {renewed.Certificate.NotAfter.ToUniversalTime():u}; used from the next connection on");
    }

    private string Trouble(EngineChannel channel, RpcException e, bool taken) => e.StatusCode switch
    {
        // In TLS 1.3 the engine judges the device after the device is done, so its refusal looks like a connection that broke.
        _ when channel.Believed && !taken && e.Status.DebugException is { } cause =>
            $"the engine ended the connection before its welcome ({channel.Explain(cause)}). It may be stopping, or not accept this device's certificate, "
            + $"good until {door.Identity.Certificate.NotAfter.ToUniversalTime():u}: then enrol it again with a new token",
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => $"the engine doesn't accept this device ({e.Status.Detail}): enrol it again with a new token if it should",
        _ => e.Status.DebugException is { } cause ? channel.Explain(cause) : $"{e.Status.Detail} ({e.StatusCode})",
    };

    // The name that gRPC's retry specification gives to a server's wish.
    private static TimeSpan Pushback(RpcException e) =>
        long.TryParse(e.Trailers.GetValue("grpc-retry-pushback-ms"), out var ms) && ms is > 0 and < 3_600_000 ? TimeSpan.FromMilliseconds(ms) : TimeSpan.Zero;

    // An outage is told once, not at each try.
    private void Tell(Action<string> how, string trouble)
    {
        if (trouble == _lastTrouble) return;
        _lastTrouble = trouble;
        how($"no session with {door.Engine}: {trouble}");
    }
}
