using System.Collections.Immutable;

namespace Fleet.Engine.Generator;

/// <summary>In what a method wraps its answer.</summary>
internal enum AnswerKind
{
    Unknown,
    Void,
    Task,
    TaskOf,
    ValueTask,
    ValueTaskOf,
}

/// <summary>A method of a contract, in the words of the generated source.</summary>
internal sealed record ContractMethod(
    string Contract,
    string Name,
    string ReturnType,
    AnswerKind Kind,
    string? Answer,
    ImmutableArray<string> Options,
    string? ResponseTimeout,
    ImmutableArray<ContractParameter> Parameters);

/// <summary>A parameter, in the words of the generated source.</summary>
internal sealed record ContractParameter(string Type, string PlainType, bool IsCancellation, bool IsReference);
