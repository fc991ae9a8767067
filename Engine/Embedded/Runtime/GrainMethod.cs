using System.Reflection;

namespace Fleet.Engine.Embedded;

/// <summary>How a method wants to be called.</summary>
[Flags]
public enum GrainMethodOptions
{
    /// <summary>One at a time.</summary>
    None = 0,

    /// <summary>Beside other readers.</summary>
    ReadOnly = 1,

    /// <summary>Beside everything.</summary>
    AlwaysInterleave = 2,

    /// <summary>Without an answer.</summary>
    OneWay = 4,

    /// <summary>With a cancellation token.</summary>
    Cancellable = 8,
}

/// <summary>For generated code: a method of a grain or observer interface.</summary>
public sealed class GrainMethod(Type contract, string name, GrainMethodOptions options, string? responseTimeout, params Type[] parameters)
{
    private readonly Lazy<MethodInfo> method = new(() => contract.GetMethod(name, parameters)
        ?? throw new MissingMethodException(contract.FullName, name));

    /// <summary>The interface.</summary>
    public Type Contract { get; } = contract;

    /// <summary>The interface's full name.</summary>
    public string ContractName { get; } = contract.FullName!;

    /// <summary>The method's name.</summary>
    public string Name { get; } = name;

    /// <summary>How it wants to be called.</summary>
    public GrainMethodOptions Options { get; } = options;

    /// <summary>How long its callers wait, if it says so itself.</summary>
    public TimeSpan? ResponseTimeout { get; } = responseTimeout is null ? null : TimeSpan.Parse(responseTimeout, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The method itself.</summary>
    public MethodInfo Method => method.Value;

    internal bool Is(GrainMethodOptions option) => (Options & option) != 0;
}
