using System.Text.Json.Serialization;
using Fleet.Engine.Storage;

namespace Fleet.Resources;

/// <summary>What is remembered of one resource. Its reports are not: the next one is at most an interval away.</summary>
[StateSchema(1)]
internal sealed record ResourceState
{
    /// <summary>The agent's last session; null until the first.</summary>
    public AgentSession? Session { get; init; }

    /// <summary>The highest sequence of the agent's spool that is stored.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Not answered yet, oldest first.</summary>
    public ImmutableArray<Directive> Pending { get; init; } = [];

    /// <summary>By instance, the highest generation that was answered: what is older and comes again is not wanted.</summary>
    public ImmutableSortedDictionary<string, long> Answered { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>Fingerprint of the certificate that was issued last; empty when none is known.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>Those that it renews, oldest first: good until a later one is used.</summary>
    public ImmutableArray<string> Predecessors { get; init; } = [];
    public DateTimeOffset? CertificateExpires { get; init; }

    /// <summary>Whether it is in the listing of all resources.</summary>
    public bool Listed { get; init; }

    [JsonIgnore]
    public bool Known => Session is not null || Certificate != "" || !Pending.IsEmpty;
}
