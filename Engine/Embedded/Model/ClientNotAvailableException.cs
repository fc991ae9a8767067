namespace Orleans.Runtime;

/// <summary>The object behind an observer is gone.</summary>
public class ClientNotAvailableException : OrleansException
{
    public ClientNotAvailableException() { }

    public ClientNotAvailableException(string message) : base(message) { }

    public ClientNotAvailableException(string message, Exception innerException) : base(message, innerException) { }
}
