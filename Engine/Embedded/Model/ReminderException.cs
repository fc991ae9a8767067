namespace Orleans.Runtime;

/// <summary>A reminder could not be changed as asked.</summary>
public sealed class ReminderException(string message) : OrleansException(message);
