using System.Text.Json.Serialization;
using Fleet.Audit;
using Fleet.Resources;

namespace Fleet.Committing;

/// <summary>
/// What a decision does to other grains. It is stored together with the decision and sent afterwards, perhaps more than
/// once; each receiver knows a repeated one by its id: the directive's, the audit entry's, the patch's.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "effect")]
[JsonDerivedType(typeof(Send), "send")]
[JsonDerivedType(typeof(Withdraw), "withdraw")]
[JsonDerivedType(typeof(Record), "record")]
[JsonDerivedType(typeof(Quarantine), "quarantine")]
internal abstract record Effect
{
    private Effect() { }

    /// <summary>Effects on one receiver arrive in order; those on others don't wait for them.</summary>
    public string Receiver() => this switch
    {
        Send send => $"resource {send.Resource}",
        Withdraw withdraw => $"resource {withdraw.Resource}",
        Record record => $"audit {record.Entry.Subject}",
        Quarantine bad => $"image {bad.Image}",
        _ => "",
    };

    /// <summary>Hands a directive to the resource, which keeps it until the agent answered.</summary>
    public sealed record Send(string Resource, Directive Directive) : Effect;

    /// <summary>The directive was answered, or is no longer wanted: it need not be delivered again.</summary>
    public sealed record Withdraw(string Resource, string Directive) : Effect;

    /// <summary>Appends to the audit.</summary>
    public sealed record Record(AuditEntry Entry) : Effect;

    /// <summary>Keeps automation from offering a patch again.</summary>
    public sealed record Quarantine(string Image, string Patch, string Reason) : Effect;
}
