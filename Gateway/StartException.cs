namespace Fleet.Gateway;

/// <summary>The gateway can't start; the message is one sentence for whoever starts it.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);
