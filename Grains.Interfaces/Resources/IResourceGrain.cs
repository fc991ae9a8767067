using System.Collections.Immutable;
using Fleet.Instances;

namespace Fleet.Resources;

/// <summary>Holds one resource: the agent's session, its latest report, and the directives that it hasn't answered yet.</summary>
[Alias("fleet.resource")]
public interface IResourceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Begins a session; an older one ends (its link is told). Unanswered directives are delivered again. Safe to repeat,
    /// and repeated by the gateway every minute to renew the observer. A session whose certificate was replaced is closed.
    /// </summary>
    [Alias("connect")] Task<SessionView> Connect(AgentSession session, IAgentLink link);

    [Alias("disconnect")] Task Disconnect(string session);

    /// <summary>Takes what the device says of itself now. Safe to repeat.</summary>
    [Alias("observe")] Task Observe(ResourceFacts facts);

    /// <summary>Remembers the highest sequence of the agent's spool that is stored, and tells it. Never goes back.</summary>
    [Alias("acknowledge")] Task<long> Acknowledge(long sequence);

    /// <summary>Takes the inventory: package URLs with version. Safe to repeat.</summary>
    [Alias("inventory")] Task Inventory(ImmutableArray<string> packages);

    /// <summary>Stores a directive until it is answered, and hands it to the agent when it is there. Safe to repeat.</summary>
    [Alias("send")] Task Send(Directive directive);

    /// <summary>The directive was answered: it need not be delivered again. Safe to repeat.</summary>
    [Alias("answered")] Task Answered(string directive);

    /// <summary>Notes the certificate that the authority issued for a token: those before it end. Safe to repeat.</summary>
    [Alias("enrolled")] Task Enrolled(string fingerprint, DateTimeOffset expires);

    /// <summary>
    /// Notes a certificate that was issued for the one that was presented, which is good until the new one is used: the
    /// answer may be lost. False when the presented one isn't the resource's any more.
    /// </summary>
    [Alias("renewed")] Task<bool> Renewed(string presented, string fingerprint, DateTimeOffset expires);

    /// <summary>Whether a certificate of this resource is the one that it has, or one that was renewed and not replaced in use yet.</summary>
    [Alias("recognizes"), ReadOnly] Task<bool> Recognizes(string fingerprint);

    /// <summary>Whether its agent has a session now and was heard of lately.</summary>
    [Alias("is-connected"), ReadOnly] Task<bool> IsConnected();

    [Alias("show"), ReadOnly] Task<ResourceView> Show();
}

/// <summary>The gateway's end of one agent's stream.</summary>
[Alias("fleet.agent-link")]
public interface IAgentLink : IGrainObserver
{
    [Alias("deliver")] Task Deliver(Directive directive);

    /// <summary>Another session took over.</summary>
    [Alias("close")] Task Close(string reason);
}

[GenerateSerializer, Immutable, Alias("fleet.agent-session")]
public sealed record AgentSession
{
    [Id(0)] public required string Session { get; init; }
    [Id(1)] public required string BootId { get; init; }
    [Id(2)] public required string AgentVersion { get; init; }

    /// <summary>Fingerprint of the device certificate, SHA-256, hexadecimal.</summary>
    [Id(3)] public required string Certificate { get; init; }

    /// <summary>The protocol's OperatingSystem, serialized.</summary>
    [Id(4)] public ImmutableArray<byte> OperatingSystem { get; init; } = [];
}

/// <param name="Acknowledged">The highest sequence that is stored.</param>
/// <param name="Pending">Directives that were not answered yet, oldest first.</param>
[GenerateSerializer, Immutable, Alias("fleet.session-view")]
public sealed record SessionView([property: Id(0)] long Acknowledged, [property: Id(1)] ImmutableArray<Directive> Pending);

[GenerateSerializer, Immutable, Alias("fleet.resource-facts")]
public sealed record ResourceFacts
{
    /// <summary>Device clock minus engine clock.</summary>
    [Id(0)] public TimeSpan ClockSkew { get; init; }
    [Id(1)] public ImmutableArray<string> Instances { get; init; } = [];

    /// <summary>The protocol's ResourceReport, serialized.</summary>
    [Id(2)] public ImmutableArray<byte> Report { get; init; } = [];
}

public enum DirectiveKind
{
    Apply,
    RollBack,
    Commit,
}

/// <summary>One command to one agent.</summary>
[GenerateSerializer, Immutable, Alias("fleet.directive")]
public sealed record Directive
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Instance { get; init; }
    [Id(2)] public required long Generation { get; init; }

    /// <summary>By the engine's clock; what is left of it is told to the agent as a duration. A directive past it is dropped, and its instance has a deadline of its own.</summary>
    [Id(3)] public required DateTimeOffset StartBefore { get; init; }
    [Id(4)] public required string Change { get; init; }
    [Id(5)] public required DirectiveKind Kind { get; init; }

    /// <summary>With Apply: the publisher's envelope.</summary>
    [Id(6)] public ImmutableArray<byte> Envelope { get; init; } = [];
    [Id(7)] public Manifest? Expected { get; init; }
    [Id(8)] public TimeSpan Bake { get; init; }
    [Id(9)] public TimeSpan KeepOld { get; init; }

    /// <summary>With RollBack.</summary>
    [Id(10)] public string Undoes { get; init; } = "";
    [Id(11)] public string Reason { get; init; } = "";

    /// <summary>The W3C trace context of the change; empty when nobody records it.</summary>
    [Id(12)] public string Trace { get; init; } = "";
}

[GenerateSerializer, Immutable, Alias("fleet.resource-view")]
public sealed record ResourceView
{
    [Id(0)] public required ResourceId Id { get; init; }

    /// <summary>Whether anything is known of it.</summary>
    [Id(1)] public bool Exists { get; init; }
    [Id(2)] public bool Connected { get; init; }
    [Id(3)] public DateTimeOffset? LastSeen { get; init; }
    [Id(4)] public string AgentVersion { get; init; } = "";
    [Id(5)] public ResourceFacts? Facts { get; init; }
    [Id(6)] public ImmutableArray<string> Packages { get; init; } = [];
    [Id(7)] public int Pending { get; init; }
    [Id(8)] public DateTimeOffset? CertificateExpires { get; init; }
    [Id(9)] public ImmutableArray<byte> OperatingSystem { get; init; } = [];
}

public static class ResourceGrains
{
    public static IResourceGrain Resource(this IGrainFactory grains, ResourceId id) => grains.GetGrain<IResourceGrain>(id.ToString());
}
