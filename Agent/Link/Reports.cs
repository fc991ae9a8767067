using Fleet.Protocol.V1;

namespace Fleet.Agent.Link;

/// <summary>The newest reports of what is. An older one is worth nothing once there is a newer one, so none is kept.</summary>
internal sealed class Reports(Signal changed)
{
    private Snapshot _newest = new(0, []);

    /// <summary>Reports that belong together, and a number that rises.</summary>
    public sealed record Snapshot(long Number, IReadOnlyList<AgentMessage> Messages);

    /// <summary>The newest ones.</summary>
    public Snapshot Newest => Volatile.Read(ref _newest);

    /// <summary>Replaces them; one caller at a time.</summary>
    public void Publish(IReadOnlyList<AgentMessage> messages)
    {
        Volatile.Write(ref _newest, new(_newest.Number + 1, messages));
        changed.Raise();
    }
}
