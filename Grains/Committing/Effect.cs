using System.Text.Json.Serialization;
using Fleet.Audit;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Roster;
using Fleet.Scheduling;

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
[JsonDerivedType(typeof(List), "list")]
[JsonDerivedType(typeof(Index), "index")]
[JsonDerivedType(typeof(Order), "order")]
[JsonDerivedType(typeof(Admit), "admit")]
[JsonDerivedType(typeof(Hold), "hold")]
[JsonDerivedType(typeof(Leave), "leave")]
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
        List list => $"roster {list.Entry.Id}",
        Index index => $"index {index.Listing}/{index.Name}",
        Order order => $"shard {order.Rollout}/{order.Shard}",
        Admit or Hold or Leave => "scheduler",
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

    /// <summary>Tells the roster what selectors need to know of an instance.</summary>
    public sealed record List(RosterEntry Entry) : Effect;

    /// <summary>Enters a name in a listing.</summary>
    public sealed record Index(Listing Listing, string Key, string Name) : Effect;

    /// <summary>Tells a shard what it is to do from now on.</summary>
    public sealed record Order(string Rollout, int Shard, ShardOrder What) : Effect;

    /// <summary>Asks the scheduler for permits from now on.</summary>
    public sealed record Admit(Applicant Applicant) : Effect;

    /// <summary>Ends the permits of a rollout until it is admitted again.</summary>
    public sealed record Hold(string Rollout) : Effect;

    /// <summary>Ends the permits of a rollout for good.</summary>
    public sealed record Leave(string Rollout) : Effect;
}
