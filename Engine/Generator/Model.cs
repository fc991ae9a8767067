using Microsoft.CodeAnalysis;

namespace Fleet.Engine.Generator;

/// <summary>Recognises the types of the programming model by their names.</summary>
internal static class Model
{
    /// <summary>A type as it is written anywhere in source, with its nullability.</summary>
    public static readonly SymbolDisplayFormat Full = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>A type as <c>typeof</c> takes it.</summary>
    public static readonly SymbolDisplayFormat Plain = SymbolDisplayFormat.FullyQualifiedFormat;

    public static bool IsAddressable(INamedTypeSymbol type) => Implements(type, "Orleans.Runtime.IAddressable");

    public static bool IsObserver(INamedTypeSymbol type) => Implements(type, "Orleans.IGrainObserver");

    public static bool IsGrain(INamedTypeSymbol type) => Implements(type, "Orleans.IGrainBase") || Implements(type, "Orleans.IGrain") && !IsReference(type);

    public static bool Is(ITypeSymbol type, string fullName) => type.OriginalDefinition.ToDisplayString() == fullName;

    public static AttributeData? Attribute(ISymbol symbol, string fullName) =>
        symbol.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass?.ToDisplayString() == fullName);

    /// <summary>Whether code elsewhere in the assembly can name the type.</summary>
    public static bool IsReachable(INamedTypeSymbol type) =>
        !type.IsFileLocal
        && type.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal
        && (type.ContainingType is null || IsReachable(type.ContainingType));

    /// <summary>A name that is unique in the assembly and can be that of a class.</summary>
    public static string Identifier(string fullName) => new([.. fullName.Select(letter => char.IsLetterOrDigit(letter) ? letter : '_')]);

    private static bool Implements(INamedTypeSymbol type, string fullName) => type.AllInterfaces.Any(one => one.ToDisplayString() == fullName);

    private static bool IsReference(INamedTypeSymbol type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (Is(ancestor, "Orleans.Runtime.GrainReference")) return true;
        }

        return false;
    }
}
