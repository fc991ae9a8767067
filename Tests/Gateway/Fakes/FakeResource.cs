using System.Collections.Immutable;
using System.Threading.Channels;
using Fleet.Resources;

namespace Fleet.Gateway.Fakes;

public sealed class FakeResource(string name) : IResourceGrain
{
    /// <summary>All calls, in order.</summary>
    public Channel<object> Calls { get; } = Channel.CreateUnbounded<object>();

    public long Acknowledged { get; set; }

    public ImmutableArray<Directive> Pending { get; set; } = [];

    /// <summary>The link of the session that connected last.</summary>
    public IAgentLink? Link { get; private set; }

    public DateTimeOffset? CertificateExpires { get; private set; }

    public ResourceFacts? Facts { get; private set; }

    /// <summary>The certificate that is no longer the resource's.</summary>
    public string Superseded { get; set; } = "";

    public Task<SessionView> Connect(AgentSession session, IAgentLink link)
    {
        Link = link;
        Calls.Writer.TryWrite(session);
        return Task.FromResult(new SessionView(Acknowledged, Pending));
    }

    public Task Disconnect(string session)
    {
        Calls.Writer.TryWrite($"disconnect {session}");
        return Task.CompletedTask;
    }

    public Task Observe(ResourceFacts facts)
    {
        Facts = facts;
        Calls.Writer.TryWrite(facts);
        return Task.CompletedTask;
    }

    public Task<long> Acknowledge(long sequence)
    {
        Acknowledged = Math.Max(Acknowledged, sequence);
        return Task.FromResult(Acknowledged);
    }

    public Task Inventory(ImmutableArray<string> packages)
    {
        Calls.Writer.TryWrite(packages);
        return Task.CompletedTask;
    }

    public Task Send(Directive directive) => throw new NotSupportedException();

    public Task Answered(string directive)
    {
        Calls.Writer.TryWrite($"answered {directive}");
        return Task.CompletedTask;
    }

    public Task Enrolled(string fingerprint, DateTimeOffset expires)
    {
        CertificateExpires = expires;
        return Task.CompletedTask;
    }

    public Task<bool> Recognizes(string fingerprint) => Task.FromResult(fingerprint != Superseded);

    public Task<bool> Renewed(string presented, string fingerprint, DateTimeOffset expires)
    {
        if (presented == Superseded) return Task.FromResult(false);
        CertificateExpires = expires;
        return Task.FromResult(true);
    }

    public Task<bool> IsConnected() => Task.FromResult(true);

    public Task<ResourceView> Show() => Task.FromResult(new ResourceView
    {
        Id = new ResourceId(name),
        Exists = CertificateExpires is not null,
        CertificateExpires = CertificateExpires,
        Facts = Facts,
    });
}
