using Fleet.Protocol.V1;
using Body = Fleet.Protocol.V1.AgentMessage.BodyOneofCase;

namespace Fleet.Agent.Link;

/// <summary>Which facts are the same, which replace others, and which give way when the spool is full. Pure.</summary>
internal static class SpoolOrder
{
    /// <summary>Whether both say the same: instance, change and step name progress; a directive has one first answer.</summary>
    public static bool Same(AgentMessage one, AgentMessage other) => (one.BodyCase, other.BodyCase) switch
    {
        (Body.Progress, Body.Progress) => one.InstanceName == other.InstanceName
            && one.Progress.Change == other.Progress.Change && one.Progress.Step == other.Progress.Step,
        (Body.Answer, Body.Answer) => one.Answer.Directive == other.Answer.Directive,
        _ => false,
    };

    /// <summary>Whether <paramref name="older"/> needn't be sent any more: only the newest inventory of a thing counts.</summary>
    public static bool Supersedes(AgentMessage newer, AgentMessage older) =>
        newer.BodyCase == Body.Inventory && older.BodyCase == Body.Inventory && newer.Inventory.Instance == older.Inventory.Instance;

    /// <summary>What is dropped first: the oldest inventory, else the oldest answer; progress never.</summary>
    public static AgentMessage? FirstToGo(IReadOnlyCollection<AgentMessage> waiting) =>
        waiting.FirstOrDefault(fact => fact.BodyCase == Body.Inventory) ?? waiting.FirstOrDefault(fact => fact.BodyCase == Body.Answer);

    /// <summary>Whether <paramref name="waiting"/> makes room for <paramref name="arriving"/>: never for something worth less.</summary>
    public static bool GivesWay(AgentMessage waiting, AgentMessage arriving) => Worth(waiting) <= Worth(arriving);

    private static int Worth(AgentMessage fact) => fact.BodyCase switch
    {
        Body.Progress => 2,
        Body.Answer => 1,
        _ => 0,
    };
}
