using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Fleet.Engine.Embedded;

/// <summary>For generated code: a method with its arguments.</summary>
public abstract class GrainCall : IInvokable
{
    /// <summary>The method.</summary>
    public abstract GrainMethod Method { get; }

    /// <inheritdoc />
    public bool IsCancellable => Method.Is(GrainMethodOptions.Cancellable);

    /// <inheritdoc />
    public abstract int GetArgumentCount();

    /// <inheritdoc />
    public abstract object? GetArgument(int index);

    /// <summary>The token that the method receives.</summary>
    public virtual CancellationToken Cancellation
    {
        get => CancellationToken.None;
        set => throw new NotSupportedException($"{Method.Name} takes no cancellation token.");
    }

    /// <inheritdoc />
    public string GetMethodName() => Method.Name;

    /// <inheritdoc />
    public string GetInterfaceName() => Method.ContractName;

    /// <inheritdoc />
    public MethodInfo GetMethod() => Method.Method;

    /// <inheritdoc />
    public Type GetInterfaceType() => Method.Contract;

    /// <inheritdoc />
    public TimeSpan? GetDefaultResponseTimeout() => Method.ResponseTimeout;

    /// <inheritdoc />
    public CancellationToken GetCancellationToken() => Cancellation;
}

/// <summary>For generated code: a method with its arguments and the type of its answer.</summary>
public abstract class GrainCall<T> : GrainCall
{
    /// <summary>Calls the method of the object.</summary>
    public abstract ValueTask<T> Invoke(object target);

    /// <summary>The answer of a method that has none.</summary>
    protected static async ValueTask<T> NoAnswer(Task task)
    {
        await task;
        return default!;
    }
}

/// <summary>For generated code: no answer.</summary>
public readonly record struct Nothing;
