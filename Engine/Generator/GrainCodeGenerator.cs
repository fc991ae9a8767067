using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Fleet.Engine.Generator;

/// <summary>
/// Writes, for each grain and observer interface of a project, a class of references that send calls, and for the project a class
/// that tells the engine of its interfaces and grain classes. What cannot be called through a reference is an error at its place.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class GrainCodeGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var parts = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => node is InterfaceDeclarationSyntax { BaseList: not null } or ClassDeclarationSyntax,
                static (syntax, cancellation) => Part(syntax.SemanticModel.GetDeclaredSymbol(syntax.Node, cancellation) as INamedTypeSymbol))
            .Where(static part => part is not null)
            .Select(static (part, _) => part!)
            .WithTrackingName("Parts");

        context.RegisterSourceOutput(parts, static (output, part) =>
        {
            foreach (var problem in part.Problems) output.ReportDiagnostic(problem.ToDiagnostic());
            if (part.Source is { } source) output.AddSource($"{part.Name}.g.cs", source);
        });

        var whole = parts.Collect().Combine(context.CompilationProvider.Select(static (compilation, _) => compilation.AssemblyName ?? "Grains"));
        context.RegisterSourceOutput(whole, static (output, all) =>
        {
            // A partial class is met once for each of its declarations.
            var registrations = all.Left.Select(part => part.Registration).OfType<string>().Distinct().OrderBy(text => text, StringComparer.Ordinal).ToImmutableArray();
            if (registrations.Length > 0) output.AddSource("GrainCode.g.cs", RegistrationWriter.Write(all.Right, registrations));
        });
    }

    private static GrainCodePart? Part(INamedTypeSymbol? type) => type switch
    {
        { TypeKind: TypeKind.Interface } when Model.IsAddressable(type) => ContractReader.Read(type),
        { TypeKind: TypeKind.Class, IsAbstract: false } when Model.IsGrain(type) => ClassReader.Read(type),
        _ => null,
    };
}
