using System.Text.Json.Nodes;

namespace Fleet.SimulatedAgents;

/// <summary>What all agents together sent and saw since they began.</summary>
internal sealed class Tally
{
    private long resourceReports, instanceReports, numbered, directives, repeated, changes, refused, lost;
    private volatile string why = "";

    /// <summary>A report was handed to the stream.</summary>
    public void Reported(bool instance) => Interlocked.Increment(ref instance ? ref instanceReports : ref resourceReports);

    /// <summary>A numbered fact was handed to the stream.</summary>
    public void Told() => Interlocked.Increment(ref numbered);

    /// <summary>A directive came.</summary>
    public void Directed(bool again) => Interlocked.Increment(ref again ? ref repeated : ref directives);

    /// <summary>A change was verified on the device.</summary>
    public void Changed() => Interlocked.Increment(ref changes);

    /// <summary>An agent was not let in, and comes again.</summary>
    public void Refused() => Interlocked.Increment(ref refused);

    /// <summary>A stream ended that nobody wanted to end.</summary>
    public void Lost(Exception reason)
    {
        Interlocked.Increment(ref lost);
        why = reason.Message;
    }

    public JsonObject Json() => new()
    {
        ["resource"] = Volatile.Read(ref resourceReports),
        ["instance"] = Volatile.Read(ref instanceReports),
        ["numbered"] = Volatile.Read(ref numbered),
        ["directives"] = Volatile.Read(ref directives),
        ["repeated"] = Volatile.Read(ref repeated),
        ["changes"] = Volatile.Read(ref changes),
        ["refused"] = Volatile.Read(ref refused),
        ["lost"] = Volatile.Read(ref lost),
        ["why"] = why,
    };
}
