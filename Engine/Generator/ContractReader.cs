using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Fleet.Engine.Generator;

/// <summary>Reads a grain or observer interface, and says what of it cannot be called through a reference.</summary>
internal static class ContractReader
{
    public static GrainCodePart Read(INamedTypeSymbol contract)
    {
        var name = contract.ToDisplayString();
        var identifier = Model.Identifier(name);
        var problems = Problems(contract).ToImmutableArray();
        if (problems.Length > 0) return new(identifier, null, null, problems);

        var methods = contract.AllInterfaces.Insert(0, contract)
            .SelectMany(one => one.GetMembers().OfType<IMethodSymbol>())
            .Where(method => method.IsAbstract && !method.IsStatic)
            .Select(Method)
            .ToImmutableArray();
        var type = contract.ToDisplayString(Model.Plain);
        var registration = $"registry.AddInterface(typeof({type}), static context => new {identifier}(context));";
        return new(identifier, ReferenceWriter.Write(identifier, type, methods), registration, []);
    }

    private static ContractMethod Method(IMethodSymbol method)
    {
        var parameters = method.Parameters.Select(parameter => new ContractParameter(
            parameter.Type.ToDisplayString(Model.Full), parameter.Type.ToDisplayString(Model.Plain), IsCancellation(parameter),
            parameter.Type is INamedTypeSymbol { TypeKind: TypeKind.Interface } type && Model.IsAddressable(type))).ToImmutableArray();
        var options = new List<string>();
        if (Model.Attribute(method, "Orleans.Concurrency.ReadOnlyAttribute") is not null) options.Add("ReadOnly");
        if (Model.Attribute(method, "Orleans.Concurrency.AlwaysInterleaveAttribute") is not null) options.Add("AlwaysInterleave");
        if (method.ReturnsVoid || Model.Attribute(method, "Orleans.Concurrency.OneWayAttribute") is not null) options.Add("OneWay");
        if (parameters.Any(parameter => parameter.IsCancellation)) options.Add("Cancellable");

        return new ContractMethod(
            method.ContainingType.ToDisplayString(Model.Plain),
            method.Name,
            method.ReturnType.ToDisplayString(Model.Full),
            Answer(method),
            (method.ReturnType as INamedTypeSymbol)?.TypeArguments.FirstOrDefault()?.ToDisplayString(Model.Full),
            options.ToImmutableArray(),
            Model.Attribute(method, "Orleans.ResponseTimeoutAttribute")?.ConstructorArguments.FirstOrDefault().Value as string,
            parameters);
    }

    private static IEnumerable<Problem> Problems(INamedTypeSymbol contract)
    {
        var name = contract.ToDisplayString();
        if (contract.IsGenericType)
            yield return Problem.At(contract, "FLEET003", $"The interface {name} is generic: each closed form would be another grain. Name them one by one");
        if (!Model.IsReachable(contract))
            yield return Problem.At(contract, "FLEET005", $"The interface {name} cannot be reached from elsewhere in its assembly: make it internal or public");

        foreach (var member in contract.GetMembers())
        {
            if (member is IMethodSymbol { MethodKind: MethodKind.Ordinary, IsStatic: false } method)
            {
                foreach (var problem in Problems(contract, method)) yield return problem;
            }
            else if (member is IPropertySymbol or IEventSymbol)
            {
                yield return Problem.At(member, "FLEET006", $"{name}.{member.Name} is a property or an event: only methods can be called through a reference");
            }
        }
    }

    private static IEnumerable<Problem> Problems(INamedTypeSymbol contract, IMethodSymbol method)
    {
        var name = $"{contract.Name}.{method.Name}";
        if (Answer(method) == AnswerKind.Unknown)
            yield return Problem.At(method, "FLEET001", $"{name} returns {method.ReturnType.ToDisplayString()}: a call through a reference can only return Task, Task<T>, ValueTask or ValueTask<T>");
        if (method.ReturnsVoid && !Model.IsObserver(contract))
            yield return Problem.At(method, "FLEET001", $"{name} returns void: only observers may, because their callers hear of no failure. Return Task");
        if (method.IsGenericMethod)
            yield return Problem.At(method, "FLEET003", $"{name} is generic: a message must say what it carries");
        if (method.Parameters.FirstOrDefault(parameter => parameter.RefKind != RefKind.None) is { } byReference)
            yield return Problem.At(byReference, "FLEET002", $"{name} takes {byReference.Name} by reference: arguments travel one way");
        if (method.Parameters.Count(IsCancellation) > 1)
            yield return Problem.At(method, "FLEET004", $"{name} takes several cancellation tokens: a call can be cancelled once");
    }

    private static bool IsCancellation(IParameterSymbol parameter) => Model.Is(parameter.Type, "System.Threading.CancellationToken");

    private static AnswerKind Answer(IMethodSymbol method) => method.ReturnsVoid ? AnswerKind.Void : method.ReturnType.OriginalDefinition.ToDisplayString() switch
    {
        "System.Threading.Tasks.Task" => AnswerKind.Task,
        "System.Threading.Tasks.Task<TResult>" => AnswerKind.TaskOf,
        "System.Threading.Tasks.ValueTask" => AnswerKind.ValueTask,
        "System.Threading.Tasks.ValueTask<TResult>" => AnswerKind.ValueTaskOf,
        _ => AnswerKind.Unknown,
    };
}
