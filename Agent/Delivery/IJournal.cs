namespace Fleet.Agent.Delivery;

/// <summary>Keeps the states of instances across the death of the agent and of the device.</summary>
internal interface IJournal
{
    /// <summary>Names of the instances that it knows, in order.</summary>
    IReadOnlyList<string> Names();

    /// <summary>What was last saved.</summary>
    /// <exception cref="JournalException">It is damaged, or of a newer agent.</exception>
    InstanceState? Load(string instance);

    /// <summary>Returns when the state can no longer be lost. A state like the last one saved costs nothing.</summary>
    /// <exception cref="IOException">It could not be saved: what was saved before stands, or, when the failure came late, this state; saving again tells.</exception>
    void Save(InstanceState state);
}

/// <summary>A journal can't be believed.</summary>
public sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);
