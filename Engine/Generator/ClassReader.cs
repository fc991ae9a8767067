using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Fleet.Engine.Generator;

/// <summary>Reads a grain class.</summary>
internal static class ClassReader
{
    public static GrainCodePart Read(INamedTypeSymbol type)
    {
        var name = type.ToDisplayString();
        if (type.IsGenericType) return Refused(type, name, "FLEET003", $"The grain class {name} is generic: the engine would not know which grains it makes");
        if (!Model.IsReachable(type)) return Refused(type, name, "FLEET005", $"The grain class {name} cannot be reached from elsewhere in its assembly: make it internal");
        return new(Model.Identifier(name), null, $"registry.AddClass(typeof({type.ToDisplayString(Model.Plain)}));", []);
    }

    private static GrainCodePart Refused(INamedTypeSymbol type, string name, string id, string message) =>
        new(Model.Identifier(name), null, null, ImmutableArray.Create(Problem.At(type, id, message)));
}
