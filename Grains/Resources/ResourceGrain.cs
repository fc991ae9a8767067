using Fleet.Committing;
using Fleet.Roster;
using Fleet.Telemetry;

namespace Fleet.Resources;

/// <summary>Keeps the agent's session and hands it directives; nothing is persisted for each report.</summary>
[GrainType("resource")]
internal sealed partial class ResourceGrain(
    [PersistentState("resource", "fleet")] IPersistentState<ResourceState> stored,
    [PersistentState("inventory", "fleet")] IPersistentState<InventoryState> inventory,
    FleetInstruments instruments,
    TimeProvider time,
    ILogger<ResourceGrain> log) : Grain, IResourceGrain
{
    private const string Replaced = "the certificate of this session was replaced: the device that enrolled last is the resource";

    // The session's end of the stream lives as long as the session: a new activation waits for the gateway to renew it.
    private IAgentLink? link;
    private string session = "";
    private DateTimeOffset? lastSeen;
    private ResourceFacts? facts;

    public async Task<SessionView> Connect(AgentSession connecting, IAgentLink through)
    {
        // A renewal reads anew: in a partition another activation may have taken directives that this one, kept awake by its
        // device's reports, would never hear of.
        if (session == connecting.Session) await stored.ReadStateAsync();
        if (!Resource.Recognizes(stored.State, connecting.Certificate))
        {
            LogSuperseded(this.GetPrimaryKeyString(), connecting.Session);
            _ = Close(through, Replaced);
            return new(0, []);
        }
        await Commit(Resource.Connect(await Listed(), connecting, time.GetUtcNow()));
        if (session != connecting.Session)
        {
            if (link is not null) _ = Close(link, $"session {connecting.Session} took over");
            LogConnected(this.GetPrimaryKeyString(), connecting.Session, connecting.AgentVersion, stored.State.Pending.Length);
        }
        (link, session, lastSeen) = (through, connecting.Session, time.GetUtcNow());
        return new(stored.State.Acknowledged, stored.State.Pending);
    }

    public Task Disconnect(string ending)
    {
        if (ending != session) return Task.CompletedTask;
        (link, session) = (null, "");
        LogDisconnected(this.GetPrimaryKeyString(), ending);
        return Task.CompletedTask;
    }

    public Task Observe(ResourceFacts seen)
    {
        (facts, lastSeen) = (seen, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public async Task<long> Acknowledge(long sequence)
    {
        lastSeen = time.GetUtcNow();
        await Commit(Resource.Acknowledge(stored.State, sequence));
        return stored.State.Acknowledged;
    }

    public async Task Inventory(ImmutableArray<string> packages)
    {
        if (inventory.State.Packages.SequenceEqual(packages)) return;
        await inventory.Replace(inventory.State with { Packages = packages }, DeactivateOnIdle);
    }

    public async Task Send(Directive directive)
    {
        var before = stored.State;
        await Commit(Resource.Send(before, directive, time.GetUtcNow()));
        if (!ReferenceEquals(before, stored.State)) instruments.Directed(directive.Kind);

        // One that is told again may have been stored by a write of which this grain never heard, and not be delivered yet.
        if (link is not null && stored.State.Pending.Any(d => d.Id == directive.Id)) _ = Deliver(link, directive);
    }

    public Task Answered(string directive) => Commit(Resource.Answered(stored.State, directive));

    public async Task Enrolled(string fingerprint, DateTimeOffset expires)
    {
        await Commit(Resource.Enrolled(await Listed(), fingerprint, expires));
        if (link is null || Resource.Recognizes(stored.State, stored.State.Session?.Certificate ?? "")) return;
        _ = Close(link, Replaced);
        (link, session) = (null, "");
    }

    public async Task<bool> Renewed(string presented, string fingerprint, DateTimeOffset expires)
    {
        if (!Resource.Recognizes(stored.State, presented)) return false;
        await Commit(Resource.Renewed(stored.State, presented, fingerprint, expires));
        return true;
    }

    public Task<bool> Recognizes(string fingerprint) => Task.FromResult(Resource.Recognizes(stored.State, fingerprint));

    public Task<bool> IsConnected() => Task.FromResult(Connected(time.GetUtcNow()));

    public Task<ResourceView> Show()
    {
        var now = time.GetUtcNow();
        var state = Resource.Current(stored.State, now);
        return Task.FromResult(new ResourceView
        {
            Id = new(this.GetPrimaryKeyString()),
            Exists = state.Known || facts is not null,
            Connected = Connected(now),
            LastSeen = lastSeen,
            AgentVersion = state.Session?.AgentVersion ?? "",
            Facts = facts,
            Packages = inventory.State.Packages,
            Pending = state.Pending.Length,
            CertificateExpires = state.CertificateExpires,
            OperatingSystem = state.Session?.OperatingSystem ?? [],
        });
    }

    // Entered first: a name in the listing of which nothing is known yet is harmless, a resource that is missing there isn't.
    private async Task<ResourceState> Listed()
    {
        if (stored.State.Listed) return stored.State;
        var name = this.GetPrimaryKeyString();
        await GrainFactory.IndexOf(Listing.Resources, name).Enter(name, name);
        return stored.State with { Listed = true };
    }

    private bool Connected(DateTimeOffset now) => link is not null && now - lastSeen <= Reporting.Silence;

    private Task Commit(ResourceState next) => stored.Replace(next, DeactivateOnIdle);

    // Not awaited by its caller: a slow link must not hold up facts. What isn't delivered stays pending, and each renewal
    // of the session hands it over again.
    private async Task Deliver(IAgentLink to, Directive directive)
    {
        try
        {
            await to.Deliver(directive);
        }
        catch (Exception error)
        {
            LogUndelivered(error, directive.Id, this.GetPrimaryKeyString());
        }
    }

    private async Task Close(IAgentLink old, string reason)
    {
        try
        {
            await old.Close(reason);
        }
        catch (Exception error)
        {
            LogUnclosed(error, this.GetPrimaryKeyString());
        }
    }

    [LoggerMessage(LogLevel.Information, "Resource {Resource} connected in session {Session} with agent {Version}; {Pending} directives await its answer")]
    private partial void LogConnected(string resource, string session, string version, int pending);

    [LoggerMessage(LogLevel.Warning, "Session {Session} of resource {Resource} is closed: its certificate was replaced")]
    private partial void LogSuperseded(string resource, string session);

    [LoggerMessage(LogLevel.Information, "Resource {Resource} ended session {Session}")]
    private partial void LogDisconnected(string resource, string session);

    [LoggerMessage(LogLevel.Warning, "Directive {Directive} wasn't delivered to {Resource}; it stays pending")]
    private partial void LogUndelivered(Exception error, string directive, string resource);

    [LoggerMessage(LogLevel.Debug, "The older session of {Resource} couldn't be told that it is over")]
    private partial void LogUnclosed(Exception error, string resource);
}
