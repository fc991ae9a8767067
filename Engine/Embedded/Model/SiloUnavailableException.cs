namespace Orleans.Runtime;

/// <summary>The engine did not take a call.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    public OrleansMessageRejectionException(string message) : base(message) { }

    public OrleansMessageRejectionException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>The engine that should have run a call has stopped.</summary>
public class SiloUnavailableException : OrleansMessageRejectionException
{
    public SiloUnavailableException() : base("SiloUnavailableException") { }

    public SiloUnavailableException(string message) : base(message) { }

    public SiloUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}
