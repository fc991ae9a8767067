namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>The overlay runtime can't work on this device.</summary>
/// <param name="message">Why, and what to do.</param>
public sealed class RuntimeUnavailableException(string message) : Exception(message);
