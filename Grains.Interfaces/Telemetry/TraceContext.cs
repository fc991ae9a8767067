using System.Diagnostics;

namespace Fleet.Telemetry;

/// <summary>The W3C trace context that goes along with calls, changes and directives, so that one can be followed from its request to the device.</summary>
public static class TraceContext
{
    /// <summary>By this name it travels with the calls of grains.</summary>
    public const string Key = "traceparent";

    /// <summary>The context of what is done now; empty when nobody records it.</summary>
    public static string Current => Activity.Current is { Recorded: true, Id: { } id } ? id : "";
}
