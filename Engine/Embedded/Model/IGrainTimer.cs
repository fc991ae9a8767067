using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of a grain. It is only a nudge: it ends with the activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets when it comes next, and how often afterwards.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>When and how a timer of a grain comes.</summary>
public readonly record struct GrainTimerCreationOptions()
{
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) : this() => (DueTime, Period) = (dueTime, period);

    /// <summary>How long until it comes first.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>How long from the end of one callback to the next; infinite for once only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether the callback may run while other calls of the grain wait. Default: no.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether the callback counts as use of the grain. Default: no.</summary>
    public bool KeepAlive { get; init; }
}
