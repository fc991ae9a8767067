using System.Collections.Concurrent;
using Fleet.Gateway.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fleet.Gateway.Agents;

/// <summary>All sessions of this gateway. One loop renews them, so that none needs a timer.</summary>
internal sealed partial class AgentStreams(TimeProvider time, GatewayMeter meter, ILogger<AgentStreams> log) : BackgroundService
{
    /// <summary>Grains forget an observer that isn't renewed.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly Refusal Replaced = new(StatusCode.Aborted, "SESSION_REPLACED", "the agent opened another session");
    private static readonly Refusal Stopping = new(StatusCode.Unavailable, "ENGINE_STOPPING", "the engine is stopping: connect again, nothing is lost");

    private readonly ConcurrentDictionary<string, AgentStream> byResource = new(StringComparer.Ordinal);

    /// <summary>Counts a session in; an older one of the same resource ends.</summary>
    public void Add(AgentStream stream)
    {
        stream.RenewAt = time.GetUtcNow() + RenewEvery;
        byResource.AddOrUpdate(stream.Resource, stream, (_, older) =>
        {
            older.End(Replaced);
            return stream;
        });
        meter.Connected();
        LogConnected(stream.Resource, stream.Session.Session, stream.Session.AgentVersion);
    }

    public void Remove(AgentStream stream)
    {
        byResource.TryRemove(KeyValuePair.Create(stream.Resource, stream));
        meter.Disconnected();
        LogDisconnected(stream.Resource, stream.Session.Session);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        meter.ShowZeros();
        using var look = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await look.WaitForNextTickAsync(stoppingToken)) await RenewThoseDue();
        }
        catch (OperationCanceledException)
        {
            foreach (var stream in byResource.Values) stream.End(Stopping);
        }
    }

    /// <summary>Renews the sessions whose time has come.</summary>
    private async Task RenewThoseDue()
    {
        var now = time.GetUtcNow();
        foreach (var due in byResource.Values.Where(s => s.RenewAt <= now).Chunk(64))
            await Task.WhenAll(due.Select(stream => Renew(stream, now)));
    }

    private async Task Renew(AgentStream stream, DateTimeOffset now)
    {
        stream.RenewAt = now + RenewEvery;
        try
        {
            await stream.Renew();
        }
        catch (Exception e)
        {
            // The next time may be better; until then directives wait at the resource.
            LogNotRenewed(e, stream.Resource);
        }
    }

    [LoggerMessage(LogLevel.Information, "Agent of {Resource} connected in session {Session}, version {Version}")]
    private partial void LogConnected(string resource, string session, string version);

    [LoggerMessage(LogLevel.Information, "Agent of {Resource} left session {Session}")]
    private partial void LogDisconnected(string resource, string session);

    [LoggerMessage(LogLevel.Warning, "The session of {Resource} was not renewed")]
    private partial void LogNotRenewed(Exception e, string resource);
}
